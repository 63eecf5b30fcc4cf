-- Put a failed turn's messages back, once. In front, unless a turn is in the air, whose messages stand there.
-- KEYS: failed, in, heard, turn. ARGV: thread seconds.
local said = redis.call('LRANGE', KEYS[1], 0, -1)
if #said == 0 then return 0 end
redis.call('DEL', KEYS[1])
local begun = redis.call('EXISTS', KEYS[4]) == 1
for i = 1, #said do
  if begun then redis.call('RPUSH', KEYS[2], said[i]) else redis.call('LPUSH', KEYS[2], said[#said + 1 - i]) end
  redis.call('LREM', KEYS[3], 1, said[i])
end
redis.call('EXPIRE', KEYS[2], ARGV[1])
return 1
