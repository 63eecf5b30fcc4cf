#!lua flags=allow-oom
-- Keep the lease, even one that lapsed in an outage, while nobody has taken over; and hear whether we were asked to stop.
local lease_key, fence_key, stop_key, turn_key = unpack(KEYS)
local our_fence, lease_ms = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return {0, ''} end
redis.call('SET', lease_key, our_fence, 'PX', lease_ms)
if redis.call('EXISTS', turn_key) == 1 then redis.call('HSET', turn_key, 'alive', redis.call('TIME')[1]) end
return {1, redis.call('GET', stop_key) or ''}
