-- Ask the turn that runs or waits to stop: its messages stand in the inbox until it has ended.
local waiting_key, stop_key = unpack(KEYS)
local asked_by, seconds = unpack(ARGV)

if redis.call('LLEN', waiting_key) == 0 then return 0 end
redis.call('SET', stop_key, asked_by, 'EX', seconds)
return 1
