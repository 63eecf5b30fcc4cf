#!lua flags=allow-oom
-- Add a turn to a thread's log, once, and keep the prefix that it was asked with. KEYS: fence, log, turns, prefix.
-- ARGV: our fence, turn id, entry, prefix, thread seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if redis.call('SADD', KEYS[3], ARGV[2]) == 1 then
  redis.call('RPUSH', KEYS[2], ARGV[3])
  redis.call('SET', KEYS[4], ARGV[4])
end
for i = 2, 4 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return 1
