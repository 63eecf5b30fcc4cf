-- Hold a thread for a moment in which nobody works in it, for a worker that had lost it: its turn, ended by another, is to be drawn
-- once more. Gives back what of the turn is to be drawn, and a fence.
-- uses queue
local lease_key, fence_key, turn_key, history_turns_key, failed_key = unpack(KEYS)
local lost_fence, turn_id, lease_ms, thread_seconds = unpack(ARGV)

if redis.call('GET', fence_key) == lost_fence then return {'nothing', ''} end
if redis.call('EXISTS', lease_key) == 1 or redis.call('HEXISTS', turn_key, 'count') == 1 then return {'busy', ''} end
local what
if redis.call('SISMEMBER', history_turns_key, turn_id) == 1 then what = 'answer'
elseif redis.call('EXISTS', failed_key) == 1 then what = 'apology'
else return {'nothing', ''} end
local fence = next_fence(fence_key)
redis.call('EXPIRE', fence_key, thread_seconds)
redis.call('SET', lease_key, fence, 'PX', lease_ms)
return {what, fence}
