-- Lay the lease down, so that another worker may go on at once. KEYS: lease, fence. ARGV: our fence.
if redis.call('GET', KEYS[2]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
