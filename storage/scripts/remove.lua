#!lua flags=allow-oom
-- Note that a part is not there (any more). KEYS: fence, posts. ARGV: our fence, index.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[2])
return 1
