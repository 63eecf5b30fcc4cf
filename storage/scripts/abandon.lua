#!lua flags=allow-oom
-- Give a turn back unfinished: nobody takes it before a pause, which doubles each time. KEYS: lease, fence, turn.
-- ARGV: our fence, first pause ms, longest pause ms, '1' when the attempt does not count.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
local returned = redis.call('HINCRBY', KEYS[3], 'returned', 1)
redis.call('HDEL', KEYS[3], 'alive')
local pause = math.min(tonumber(ARGV[2]) * 2 ^ (returned - 1), tonumber(ARGV[3]))
redis.call('SET', KEYS[1], 'pause', 'PX', math.floor(pause))
if ARGV[4] == '1' then redis.call('HINCRBY', KEYS[3], 'attempt', -1) end
return 1
