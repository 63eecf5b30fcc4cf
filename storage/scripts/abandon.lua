-- Give a turn back unfinished: nobody takes it before the pause is over. KEYS: lease, fence, turn. ARGV: our fence, pause ms,
-- '1' when the attempt does not count.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'pause', 'PX', ARGV[2])
if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[3], 'attempt', -1) end
return 1
