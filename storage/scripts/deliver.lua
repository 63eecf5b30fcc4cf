#!lua flags=allow-oom
-- Note where a part was posted; the first confirmed post has it, whoever made it. One that comes after its turn went to another
-- worker, who does not want the part (any more), is not wanted. KEYS: fence, posts. ARGV: our fence, index, post id, seconds.
local there = redis.call('HGET', KEYS[2], ARGV[2])
if there and string.sub(there, 1, 1) ~= '?' then return there end
if not there and redis.call('GET', KEYS[1]) ~= ARGV[1] then return '' end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return ARGV[3]
