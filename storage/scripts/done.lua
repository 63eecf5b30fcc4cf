-- End a turn. KEYS: fence, in, heard, state, turn, stop, failed. ARGV: our fence, count, outcome, heard cap, failed seconds,
-- thread seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local count = tonumber(ARGV[2])
local said = redis.call('LRANGE', KEYS[2], 0, count - 1)
redis.call('LTRIM', KEYS[2], count, -1)
redis.call('DEL', KEYS[5], KEYS[6])
local outcome = ARGV[3]
if outcome == 'answered' then
  redis.call('DEL', KEYS[3])
  redis.call('HSET', KEYS[4], 'known', '1', 'part', '1')
elseif outcome == 'left alone' or outcome == 'failed' then
  for _, message in ipairs(said) do redis.call('RPUSH', KEYS[3], message) end
  redis.call('LTRIM', KEYS[3], -tonumber(ARGV[4]), -1)
end
if outcome == 'failed' then
  redis.call('DEL', KEYS[7])
  for _, message in ipairs(said) do redis.call('RPUSH', KEYS[7], message) end
  redis.call('EXPIRE', KEYS[7], ARGV[5])
end
for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[6]) end
return 1
