#!lua flags=allow-oom
-- End a turn, once: a repeated call, whose first reply was lost, changes nothing.
-- KEYS: fence, in, heard, state, turn, stop, failed, failures, progress.
-- ARGV: our fence, count, outcome, heard cap, failed seconds, thread seconds, turn id.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local held = redis.call('HGET', KEYS[5], 'count')
if not held then return 1 end
local count = math.max(1, math.min(tonumber(ARGV[2]), tonumber(held)))
local said = redis.call('LRANGE', KEYS[2], 0, count - 1)
redis.call('LTRIM', KEYS[2], count, -1)
redis.call('DEL', KEYS[5], KEYS[6], KEYS[9])
redis.call('HSET', KEYS[4], 'stirred', redis.call('TIME')[1])
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
  redis.call('SADD', KEYS[8], ARGV[7])
  for i = 7, 8 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
end
for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[6]) end
return 1
