#!lua flags=allow-oom
-- Take the next turn of a thread, or give the thread back when nothing waits: both in one step, so that no message is stranded
-- between the two. Every turn has a fence of its own, so a `done` that arrives late finds the next turn untouched.
-- The last two numbers tell when there was a sign of life here, or 0, and what time it is, in seconds since 1970: one clock for all.
-- uses queue
local lease_key, fence_key, waiting_key, turn_key, context_key, state_key, woken_key = unpack(KEYS)
local fence_before, lease_ms, thread_seconds = unpack(ARGV) -- of the turn before, '' for a thread that is not ours yet

if fence_before == '' then
  if redis.call('EXISTS', lease_key) == 1 then return {} end
elseif redis.call('GET', fence_key) ~= fence_before then
  return {}
end
redis.call('DEL', woken_key)
if redis.call('LLEN', waiting_key) == 0 then
  redis.call('DEL', lease_key)
  return {}
end
local fence = next_fence(fence_key)
redis.call('EXPIRE', fence_key, thread_seconds)
redis.call('SET', lease_key, fence, 'PX', lease_ms)
-- A turn that comes again holds the same messages: what arrived meanwhile waits for the next one.
local count = held_by(turn_key)
if count == 0 then
  -- What is asked again is a turn of its own, so that its answer is replaced and no other question is answered there.
  count = redis.call('LLEN', waiting_key)
  local sizes = turn_sizes(state_key)
  if #sizes > 0 then
    count = math.min(table.remove(sizes, 1), count)
    set_turn_sizes(state_key, sizes)
  end
  redis.call('HSET', turn_key, 'count', count)
end
local attempt = redis.call('HINCRBY', turn_key, 'attempt', 1)
redis.call('EXPIRE', turn_key, thread_seconds)
return {
  fence, attempt,
  redis.call('LRANGE', waiting_key, 0, count - 1),
  redis.call('LRANGE', context_key, 0, -1),
  redis.call('HEXISTS', state_key, 'part'), -- has an answer of ours
  redis.call('HEXISTS', state_key, 'muted'),
  math.max(tonumber(redis.call('HGET', state_key, 'stirred') or 0), tonumber(redis.call('HGET', turn_key, 'alive') or 0)),
  tonumber(redis.call('TIME')[1]),
}
