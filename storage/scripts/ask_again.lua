-- Put the messages of an answered turn back, behind those of a turn in the air and before all others, to be a turn of their own; what
-- it had heard is heard again. Once for each edition. KEYS: claim of the edition, in, heard, turn, state.
-- ARGV: claim seconds, thread seconds, how many were heard, what was heard, the messages.
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
local heard = tonumber(ARGV[3])
for i = 3 + heard, 4, -1 do redis.call('LPUSH', KEYS[3], ARGV[i]) end
local held = tonumber(redis.call('HGET', KEYS[4], 'count') or 0)
local behind = redis.call('LRANGE', KEYS[2], held, -1)
if held == 0 then redis.call('DEL', KEYS[2]) else redis.call('LTRIM', KEYS[2], 0, held - 1) end
for i = 4 + heard, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
for _, message in ipairs(behind) do redis.call('RPUSH', KEYS[2], message) end
redis.call('HSET', KEYS[5], 'apart', (#ARGV - 3 - heard) .. ' ' .. (redis.call('HGET', KEYS[5], 'apart') or ''))
redis.call('HSET', KEYS[5], 'stirred', redis.call('TIME')[1])
for _, key in ipairs({KEYS[2], KEYS[3], KEYS[5]}) do redis.call('EXPIRE', key, ARGV[2]) end
return 1
