#!lua flags=allow-oom
-- Note that a part is about to be posted, and since when (`?` and milliseconds), unless it is there already; gives back what stands
-- there now.
local fence_key, posts_key = unpack(KEYS)
local our_fence, index, seconds = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return {0, ''} end
local now = redis.call('TIME')
redis.call('HSETNX', posts_key, index, string.format('?%d%03d', now[1], math.floor(now[2] / 1000)))
redis.call('EXPIRE', posts_key, seconds)
return {1, redis.call('HGET', posts_key, index)}
