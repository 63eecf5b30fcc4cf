#!lua flags=allow-oom
-- Give a turn back unfinished: nobody takes it before a pause, which doubles each time.
local lease_key, fence_key, turn_key = unpack(KEYS)
local our_fence, first_pause_ms, longest_pause_ms, counts_not = unpack(ARGV) -- '1' when the attempt does not count

if redis.call('GET', fence_key) ~= our_fence then return 0 end
local returned = redis.call('HINCRBY', turn_key, 'returned', 1)
redis.call('HDEL', turn_key, 'alive')
local pause = math.min(tonumber(first_pause_ms) * 2 ^ (returned - 1), tonumber(longest_pause_ms))
redis.call('SET', lease_key, 'pause', 'PX', math.floor(pause))
if counts_not == '1' then redis.call('HINCRBY', turn_key, 'attempt', -1) end
return 1
