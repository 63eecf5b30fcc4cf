#!lua flags=allow-oom
-- Keep how far the turn in the air has come.
local fence_key, progress_key = unpack(KEYS)
local our_fence, turn_id, course, text, asked, notes, seconds, grants, partial = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return 0 end
redis.call('HSET', progress_key, 'turn', turn_id, 'course', course, 'text', text, 'asked', asked)
redis.call('HSET', progress_key, 'notes', notes, 'grants', grants, 'partial', partial)
redis.call('EXPIRE', progress_key, seconds)
return 1
