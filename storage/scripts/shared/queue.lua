-- What waits in a thread: the turn in the air holds the first messages of it, as many as its `count` says; behind it stand those that
-- wait for a turn. Where `apart` has numbers, they are the sizes of the next turns, from the front: each is a turn of its own.

local function held_by(turn_key)
  return tonumber(redis.call('HGET', turn_key, 'count') or 0)
end

local function turn_sizes(state_key)
  local sizes = {}
  for written in string.gmatch(redis.call('HGET', state_key, 'apart') or '', '%d+') do
    if tonumber(written) > 0 then sizes[#sizes + 1] = tonumber(written) end
  end
  return sizes
end

local function set_turn_sizes(state_key, sizes)
  if #sizes == 0 then redis.call('HDEL', state_key, 'apart') else redis.call('HSET', state_key, 'apart', table.concat(sizes, ' ')) end
end

-- Something happened here, now or so many seconds ago: what waits is no older question, whenever its platform's clock says it was said.
local function note_activity(state_key, seconds_ago)
  local at = tonumber(redis.call('TIME')[1]) - (seconds_ago or 0)
  local before = tonumber(redis.call('HGET', state_key, 'stirred') or 0)
  redis.call('HSET', state_key, 'stirred', string.format('%.0f', math.max(before, at)))
end

-- Messages that were taken out stand behind the turn in the air again, and before all others.
local function put_back(messages, waiting_key, turn_key)
  local held = held_by(turn_key)
  local behind = redis.call('LRANGE', waiting_key, held, -1)
  if held == 0 then redis.call('DEL', waiting_key) else redis.call('LTRIM', waiting_key, 0, held - 1) end
  for _, entry in ipairs(messages) do redis.call('RPUSH', waiting_key, entry) end
  for _, entry in ipairs(behind) do redis.call('RPUSH', waiting_key, entry) end
end

-- A failed turn is asked once more. Gives back whether there was one.
local function retry(failed_key, waiting_key, context_key, turn_key, state_key, thread_seconds)
  local messages = redis.call('LRANGE', failed_key, 0, -1)
  if #messages == 0 then return false end
  redis.call('DEL', failed_key)
  for _, entry in ipairs(messages) do redis.call('LREM', context_key, 1, entry) end
  put_back(messages, waiting_key, turn_key)
  local sizes = turn_sizes(state_key)
  if #sizes > 0 then
    table.insert(sizes, 1, #messages)
    set_turn_sizes(state_key, sizes)
  end
  note_activity(state_key)
  redis.call('EXPIRE', waiting_key, thread_seconds)
  redis.call('EXPIRE', state_key, thread_seconds)
  return true
end

-- A fence that nobody has had in this thread, also where the store has lost its newest writes since (a fail-over): the time in
-- tenths of milliseconds, or one more than the last. Lua writes a number of fifteen digits in another way than one of fourteen.
local function next_fence(fence_key)
  local seconds, microseconds = unpack(redis.call('TIME'))
  local after = tonumber(redis.call('GET', fence_key) or 0) + 1
  local fence = string.format('%.0f', math.max(after, seconds * 10000 + math.floor(microseconds / 100)))
  redis.call('SET', fence_key, fence, 'KEEPTTL')
  return fence
end

-- The turn in the air loses its worker the way a dead worker's does; whoever takes it next begins it anew, under the same id.
local function take_from_worker(turn_key, fence_key, lease_key, progress_key)
  next_fence(fence_key)
  redis.call('DEL', lease_key, progress_key)
  redis.call('HINCRBY', turn_key, 'attempt', -1)
end
