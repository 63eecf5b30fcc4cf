-- A message was deleted: its text goes from everywhere here, and a copy that is still on its way is not taken. In a turn in the air an
-- empty one (ARGV[2]) stands for it, so that the turn keeps its id; its worker loses the thread, and the turn begins anew. Gives back
-- the message when the empty one is needed and was not given, else ''.
-- KEYS: claim, in, heard, early, turn, fence, lease, progress, failures, state. ARGV: id, empty message, or '', or
-- 'none' when none can be made of it, claim seconds, key of a failed turn without its id.
local function read(entry) -- nothing for what another release, or somebody else, wrote
  local is_json, decoded = pcall(cjson.decode, entry)
  local said = is_json and type(decoded) == 'table' and decoded.data
  if type(said) == 'table' and type(said.id) == 'string' then return said end
end
local function entry_in(key)
  for place, entry in ipairs(redis.call('LRANGE', key, 0, -1)) do
    local said = read(entry)
    if said and said.id == ARGV[1] then return entry, place - 1, said end
  end
end
local entry, place, said = entry_in(KEYS[2])
if entry and said.withdrawn ~= true then
  local held = tonumber(redis.call('HGET', KEYS[5], 'count') or 0)
  if place < held then
    if ARGV[2] == '' then return entry end
    redis.call('INCR', KEYS[6])
    redis.call('DEL', KEYS[7], KEYS[8])
    redis.call('HINCRBY', KEYS[5], 'attempt', -1)
    if ARGV[2] ~= 'none' then
      redis.call('LSET', KEYS[2], place, ARGV[2])
    else
      redis.call('LREM', KEYS[2], 1, entry)
      if redis.call('HINCRBY', KEYS[5], 'count', -1) == 0 then redis.call('DEL', KEYS[5]) end
    end
  else
    redis.call('LREM', KEYS[2], 1, entry)
    local at, apart = place - held, {}
    for written in string.gmatch(redis.call('HGET', KEYS[10], 'apart') or '', '%d+') do
      local count = tonumber(written)
      apart[#apart + 1] = (at >= 0 and at < count) and count - 1 or count
      at = at - count
    end
    if #apart > 0 then redis.call('HSET', KEYS[10], 'apart', table.concat(apart, ' ')) end
  end
end
entry = entry_in(KEYS[3])
if entry then redis.call('LREM', KEYS[3], 1, entry) end
redis.call('HDEL', KEYS[4], ARGV[1])
for _, turn in ipairs(redis.call('SMEMBERS', KEYS[9])) do
  entry = entry_in(ARGV[4] .. turn)
  if entry then redis.call('LREM', ARGV[4] .. turn, 1, entry) end
end
redis.call('SET', KEYS[1], '1', 'EX', ARGV[3])
return ''
