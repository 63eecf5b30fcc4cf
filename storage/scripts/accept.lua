-- Keep a message once. A reply in a thread that we take no part in is held back for a while: the question that it follows may come
-- after it, delivered again by its platform; what was said before the question is left to its platform.
-- Each edition ('' as first said) of a message is taken once, and none after it is taken for the first. None is taken of a message
-- that was deleted: its edit may be told after that.
-- uses heads, queue
local claim_key, waiting_key, state_key, context_key, early_key = unpack(KEYS) -- the claim's key ends with the id
local entry, is_addressed, limit, claim_seconds, thread_seconds, id, early_seconds, edition, seconds_ago = unpack(ARGV)

local edition_key = edition == '' and claim_key or claim_key .. '#' .. edition
if redis.call('EXISTS', edition_key) == 1 or redis.call('GET', claim_key) == 'gone' then
  redis.call('EXPIRE', edition_key, claim_seconds) -- a write, so that it can be waited for until replicas have it, and all before it
  return 'duplicate'
end
if is_addressed == '0' and redis.call('HEXISTS', state_key, 'known') == 0 then
  redis.call('HSET', early_key, id, entry)
  redis.call('EXPIRE', early_key, early_seconds)
  return 'unknown thread'
end
if redis.call('LLEN', waiting_key) >= tonumber(limit) then return 'full' end
redis.call('SET', claim_key, '1', 'EX', claim_seconds)
if edition ~= '' then
  redis.call('SET', edition_key, '1', 'EX', claim_seconds)
end
note_activity(state_key, tonumber(seconds_ago))
redis.call('RPUSH', waiting_key, entry)
if is_addressed == '1' then redis.call('HSET', state_key, 'known', '1') end
local early_ids = redis.call('HKEYS', early_key)
table.sort(early_ids, is_before)
for _, early_id in ipairs(early_ids) do
  if is_before(id, early_id) then
    redis.call('SET', string.sub(claim_key, 1, #claim_key - #id) .. early_id, '1', 'EX', claim_seconds)
    redis.call('RPUSH', waiting_key, redis.call('HGET', early_key, early_id))
  end
end
redis.call('DEL', early_key)
for _, key in ipairs({waiting_key, state_key, context_key}) do redis.call('EXPIRE', key, thread_seconds) end
return 'new'
