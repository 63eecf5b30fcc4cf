-- A message was deleted: its text goes from everywhere here, and no copy or edit that is still on its way is taken. In a turn in the air an
-- empty message stands for it, so that the turn keeps its id; its worker loses the thread, and the turn begins anew. `empty` is '' until
-- it is needed: then the message is given back, to make an empty one of; 'none' says that none can be made. Gives back '' when done.
-- uses heads, queue
local claim_key, waiting_key, context_key, early_key, unreadable_key = unpack(KEYS, 1, 5)
local turn_key, fence_key, lease_key, progress_key, failures_key, state_key = unpack(KEYS, 6)
local id, empty, claim_seconds, failed_prefix = unpack(ARGV) -- the key of a failed turn is this and its id

local function remove(key)
  local _, _, entry = find(key, id)
  if entry then redis.call('LREM', key, 1, entry) end
end

local function remove_from_the_turn_in_the_air(place, entry)
  take_from_worker(turn_key, fence_key, lease_key, progress_key)
  if empty ~= 'none' then
    redis.call('LSET', waiting_key, place, empty)
  else
    redis.call('LREM', waiting_key, 1, entry)
    if redis.call('HINCRBY', turn_key, 'count', -1) == 0 then redis.call('DEL', turn_key) end
  end
end

local function remove_behind_the_turn_in_the_air(entry, behind)
  redis.call('LREM', waiting_key, 1, entry)
  local sizes = turn_sizes(state_key)
  for number, size in ipairs(sizes) do
    if behind < size then
      sizes[number] = size - 1
      break
    end
    behind = behind - size
  end
  set_turn_sizes(state_key, sizes)
end

local place, waiting, entry = find(waiting_key, id)
if waiting and not waiting.is_withdrawn then
  local held = held_by(turn_key)
  if place >= held then
    remove_behind_the_turn_in_the_air(entry, place - held)
  elseif empty == '' then
    return entry
  else
    remove_from_the_turn_in_the_air(place, entry)
  end
end
if find(context_key, id) and held_by(turn_key) > 0 then take_from_worker(turn_key, fence_key, lease_key, progress_key) end
remove(context_key)
remove(unreadable_key)
redis.call('HDEL', early_key, id)
for _, turn in ipairs(redis.call('SMEMBERS', failures_key)) do remove(failed_prefix .. turn) end
redis.call('SET', claim_key, 'gone', 'EX', claim_seconds)
return ''
