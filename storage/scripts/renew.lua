-- Keep the lease, even one that lapsed in an outage, while nobody has taken over; and hear whether we were asked to stop.
-- KEYS: lease, fence, stop. ARGV: our fence, lease ms.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return {0, ''} end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return {1, redis.call('GET', KEYS[3]) or ''}
