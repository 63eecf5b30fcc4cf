#!lua flags=allow-oom
-- Note that a part is about to be posted, and since when (`?` and milliseconds), unless it is there already; gives back what stands
-- there now. KEYS: fence, posts. ARGV: our fence, index, seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0, ''} end
local now = redis.call('TIME')
redis.call('HSETNX', KEYS[2], ARGV[2], string.format('?%d%03d', now[1], math.floor(now[2] / 1000)))
redis.call('EXPIRE', KEYS[2], ARGV[3])
return {1, redis.call('HGET', KEYS[2], ARGV[2])}
