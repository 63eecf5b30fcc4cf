#!lua flags=allow-oom
-- Add a turn to a thread's log, once, and keep the prefix that it was asked with.
local fence_key, log_key, turns_key, prefix_key = unpack(KEYS)
local our_fence, turn_id, entry, prefix, thread_seconds = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return 0 end
if redis.call('SADD', turns_key, turn_id) == 1 then
  redis.call('RPUSH', log_key, entry)
  redis.call('SET', prefix_key, prefix)
end
for _, key in ipairs({log_key, turns_key, prefix_key}) do redis.call('EXPIRE', key, thread_seconds) end
return 1
