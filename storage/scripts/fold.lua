-- Note a fold in a thread's log; its prefix is made anew.
local fence_key, log_key, prefix_key = unpack(KEYS)
local our_fence, entry, thread_seconds = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return 0 end
redis.call('RPUSH', log_key, entry)
redis.call('EXPIRE', log_key, thread_seconds)
redis.call('DEL', prefix_key)
return 1
