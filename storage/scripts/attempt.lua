#!lua flags=allow-oom
-- Note that a part is about to be posted, unless it is there already. KEYS: fence, posts. ARGV: our fence, index, seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {0, ''} end
redis.call('HSETNX', KEYS[2], ARGV[2], '')
redis.call('EXPIRE', KEYS[2], ARGV[3])
return {1, redis.call('HGET', KEYS[2], ARGV[2])}
