-- Replace a message by a newer edition of it. A turn in the air that holds it is taken from its worker and begins anew, under the same
-- id; one that was heard and is addressed to us now is asked. What says the same as before, or is older, changes nothing.
-- Gives back 'kept', 'unknown', or the id of a failed turn that holds it.
-- KEYS: in, heard, turn, fence, lease, progress, failures, state. ARGV: message, id, thread seconds, key of a failed turn without its id.
local function read(entry) -- nothing for what another release, or somebody else, wrote
  local is_json, decoded = pcall(cjson.decode, entry)
  local said = is_json and type(decoded) == 'table' and decoded.data
  if type(said) == 'table' and type(said.id) == 'string' then return said end
end
local function place_in(key)
  for place, entry in ipairs(redis.call('LRANGE', key, 0, -1)) do
    local said = read(entry)
    if said and said.id == ARGV[2] then return place - 1, said, entry end
  end
end
local function ids(said)
  local found = {}
  for _, file in ipairs(type(said.attachments) == 'table' and said.attachments or {}) do
    found[#found + 1] = type(file) == 'table' and tostring(file.id) or ''
  end
  return table.concat(found, ' ')
end
local function says_more(new, old)
  local one, other = new.edition, type(old.edition) == 'string' and old.edition or ''
  if #one < #other or (#one == #other and one <= other) then return false end
  return new.text ~= old.text or new.addressed ~= old.addressed or ids(new) ~= ids(old)
end
local new = cjson.decode(ARGV[1]).data
local place, old = place_in(KEYS[1])
if place then
  if old.withdrawn == true or not says_more(new, old) then return 'kept' end
  redis.call('LSET', KEYS[1], place, ARGV[1])
  redis.call('HSET', KEYS[8], 'stirred', redis.call('TIME')[1])
  if place < tonumber(redis.call('HGET', KEYS[3], 'count') or 0) then
    redis.call('INCR', KEYS[4])
    redis.call('DEL', KEYS[5], KEYS[6])
    redis.call('HINCRBY', KEYS[3], 'attempt', -1)
  end
  return 'kept'
end
local entry
place, old, entry = place_in(KEYS[2])
if not place then return 'unknown' end
local is_newer = says_more(new, old)
for _, turn in ipairs(redis.call('SMEMBERS', KEYS[7])) do
  local failed = place_in(ARGV[4] .. turn)
  if failed then
    if is_newer then
      redis.call('LSET', ARGV[4] .. turn, failed, ARGV[1])
      redis.call('LSET', KEYS[2], place, ARGV[1])
    end
    return turn
  end
end
if not is_newer then return 'kept' end
if new.addressed and old.addressed ~= true then
  redis.call('LREM', KEYS[2], 1, entry)
  redis.call('RPUSH', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[8], 'known', '1', 'stirred', redis.call('TIME')[1])
  for _, key in ipairs({KEYS[1], KEYS[8]}) do redis.call('EXPIRE', key, ARGV[3]) end
else
  redis.call('LSET', KEYS[2], place, ARGV[1])
end
return 'kept'
