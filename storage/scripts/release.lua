#!lua flags=allow-oom
-- Lay the lease down, so that another worker may go on at once; an attempt that we cut short ourselves does not count.
-- KEYS: lease, fence, turn. ARGV: our fence.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if redis.call('HEXISTS', KEYS[3], 'attempt') == 1 then redis.call('HINCRBY', KEYS[3], 'attempt', -1) end
return 1
