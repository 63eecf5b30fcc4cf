-- Ask the turn that runs or waits to stop: its messages stand in the inbox until it has ended. KEYS: in, stop. ARGV: who, seconds.
if redis.call('LLEN', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
