-- Replace a message by a newer edition of it. A turn in the air that holds it, or was told of it, is taken from its worker and begins
-- anew; a failed turn is asked once more; what was context and is for us now is asked. What says the same as before, or is older, changes nothing.
-- Gives back 'kept' or 'unknown'.
-- uses heads, queue
local waiting_key, context_key, turn_key, fence_key, lease_key, progress_key, failures_key, state_key = unpack(KEYS)
local entry, thread_seconds, failed_prefix = unpack(ARGV) -- the key of a failed turn is this and its id

local new = head_of(entry)
local place, old = find(waiting_key, new.id)
if place then
  if not old.is_withdrawn and says_more(new, old) then
    redis.call('LSET', waiting_key, place, entry)
    note_activity(state_key)
    if place < held_by(turn_key) then take_from_worker(turn_key, fence_key, lease_key, progress_key) end
  end
  return 'kept'
end

local place_in_context, old_context, old_entry = find(context_key, new.id)
for _, turn in ipairs(redis.call('SMEMBERS', failures_key)) do
  local failed_key = failed_prefix .. turn
  place, old = find(failed_key, new.id)
  if place then
    if says_more(new, old) then
      redis.call('LSET', failed_key, place, entry)
      if place_in_context then redis.call('LSET', context_key, place_in_context, entry) end
      retry(failed_key, waiting_key, context_key, turn_key, state_key, thread_seconds)
    end
    return 'kept'
  end
end

if not place_in_context then return 'unknown' end
if says_more(new, old_context) then
  if begins_to_ask(new, old_context) then
    redis.call('LREM', context_key, 1, old_entry)
    redis.call('RPUSH', waiting_key, entry)
    redis.call('HSET', state_key, 'known', '1')
    note_activity(state_key)
    for _, key in ipairs({waiting_key, state_key}) do redis.call('EXPIRE', key, thread_seconds) end
  else
    redis.call('LSET', context_key, place_in_context, entry)
    if held_by(turn_key) > 0 then take_from_worker(turn_key, fence_key, lease_key, progress_key) end
  end
end
return 'kept'
