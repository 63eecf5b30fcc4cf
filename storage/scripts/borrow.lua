-- Hold a thread for a moment in which nobody works in it, for a worker that had lost it: its turn, ended by another, is to be drawn
-- once more. Gives back what of the turn is to be drawn, and a fence. KEYS: lease, fence, turn, turns in the history, failed.
-- ARGV: the fence that was lost, turn id, lease ms, thread seconds.
if redis.call('GET', KEYS[2]) == ARGV[1] then return {'nothing', ''} end
if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('HEXISTS', KEYS[3], 'count') == 1 then return {'busy', ''} end
local what
if redis.call('SISMEMBER', KEYS[4], ARGV[2]) == 1 then what = 'answer'
elseif redis.call('EXISTS', KEYS[5]) == 1 then what = 'apology'
else return {'nothing', ''} end
local fence = tostring(redis.call('INCR', KEYS[2]))
redis.call('EXPIRE', KEYS[2], ARGV[4])
redis.call('SET', KEYS[1], fence, 'PX', ARGV[3])
return {what, fence}
