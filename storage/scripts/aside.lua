-- Set an entry aside that cannot be read, so that its thread goes on; the attempt that found it does not count.
-- KEYS: fence, in, heard, turn, unreadable. ARGV: our fence, entry, thread seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('LREM', KEYS[2], 1, ARGV[2]) == 1 then
  if redis.call('HINCRBY', KEYS[4], 'count', -1) == 0 then redis.call('DEL', KEYS[4]) end
else
  redis.call('LREM', KEYS[3], 1, ARGV[2])
end
redis.call('RPUSH', KEYS[5], ARGV[2])
redis.call('EXPIRE', KEYS[5], ARGV[3])
return 1
