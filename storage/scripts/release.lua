#!lua flags=allow-oom
-- Lay the lease down, so that another worker may go on at once; an attempt that we cut short ourselves does not count.
local lease_key, fence_key, turn_key = unpack(KEYS)
local our_fence = ARGV[1]

if redis.call('GET', fence_key) ~= our_fence then return 0 end
redis.call('DEL', lease_key)
if redis.call('HEXISTS', turn_key, 'attempt') == 1 then redis.call('HINCRBY', turn_key, 'attempt', -1) end
return 1
