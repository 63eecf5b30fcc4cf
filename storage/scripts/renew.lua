#!lua flags=allow-oom
-- Keep the lease, even one that lapsed in an outage, while nobody has taken over; and hear whether we were asked to stop.
-- KEYS: lease, fence, stop, turn. ARGV: our fence, lease ms.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {0, ''} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('HSET', KEYS[4], 'alive', redis.call('TIME')[1]) end
return {1, redis.call('GET', KEYS[3]) or ''}
