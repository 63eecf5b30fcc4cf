-- Note a fold in a thread's log; its prefix is made anew. KEYS: fence, log, prefix. ARGV: our fence, entry, thread seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('DEL', KEYS[3])
return 1
