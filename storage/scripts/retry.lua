-- Put a failed turn's messages back, once: in front, but behind those of a turn in the air.
-- KEYS: failed, in, heard, turn, state. ARGV: thread seconds.
local said = redis.call('LRANGE', KEYS[1], 0, -1)
if #said == 0 then return 0 end
redis.call('DEL', KEYS[1])
local held = tonumber(redis.call('HGET', KEYS[4], 'count') or 0)
local behind = redis.call('LRANGE', KEYS[2], held, -1)
if held == 0 then redis.call('DEL', KEYS[2]) else redis.call('LTRIM', KEYS[2], 0, held - 1) end
for _, message in ipairs(said) do
  redis.call('RPUSH', KEYS[2], message)
  redis.call('LREM', KEYS[3], 1, message)
end
local apart = redis.call('HGET', KEYS[5], 'apart')
if apart then redis.call('HSET', KEYS[5], 'apart', #said .. ' ' .. apart) end
for _, message in ipairs(behind) do redis.call('RPUSH', KEYS[2], message) end
redis.call('HSET', KEYS[5], 'stirred', redis.call('TIME')[1])
for _, key in ipairs({KEYS[2], KEYS[5]}) do redis.call('EXPIRE', key, ARGV[1]) end
return 1
