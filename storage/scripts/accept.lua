-- Keep a message once. A reply in a thread that we take no part in is held back for a while: the question that it follows may come
-- after it, delivered again by its platform; what was said before the question is left to its platform.
-- KEYS: claim (it ends with the id), in, state, heard, early. ARGV: message, addressed, limit, claim seconds, thread seconds, id,
-- early seconds, edition (''=as first said): each edition of a message is taken once, and none after it is taken for the first.
local claim = KEYS[1]
if ARGV[8] ~= '' then claim = claim .. '#' .. ARGV[8] end
if redis.call('EXISTS', claim) == 1 then return 'duplicate' end
if ARGV[2] == '0' and redis.call('HEXISTS', KEYS[3], 'known') == 0 then
  redis.call('HSET', KEYS[5], ARGV[6], ARGV[1])
  redis.call('EXPIRE', KEYS[5], ARGV[7])
  return 'unknown thread'
end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('SET', KEYS[1], '1', 'EX', ARGV[4])
if ARGV[8] ~= '' then
  redis.call('SET', claim, '1', 'EX', ARGV[4])
  redis.call('HSET', KEYS[3], 'stirred', redis.call('TIME')[1]) -- asked now, however long ago it was said
end
redis.call('RPUSH', KEYS[2], ARGV[1])
if ARGV[2] == '1' then redis.call('HSET', KEYS[3], 'known', '1') end
local function is_before(one, other)
  if #one ~= #other then return #one < #other end
  return one < other
end
local ids = redis.call('HKEYS', KEYS[5])
table.sort(ids, is_before)
for _, id in ipairs(ids) do
  if is_before(ARGV[6], id) then
    redis.call('SET', string.sub(KEYS[1], 1, #KEYS[1] - #ARGV[6]) .. id, '1', 'EX', ARGV[4])
    redis.call('RPUSH', KEYS[2], redis.call('HGET', KEYS[5], id))
  end
end
redis.call('DEL', KEYS[5])
for i = 2, 4 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return 'new'
