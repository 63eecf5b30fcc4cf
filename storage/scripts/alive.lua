#!lua flags=allow-oom
-- Who is alive, by the store's own clock: hosts' clocks differ. With a name it is noted; how many there are comes back.
local alive_key = KEYS[1]
local name, seconds = unpack(ARGV)

local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
redis.call('ZREMRANGEBYSCORE', alive_key, '-inf', now - tonumber(seconds))
if name ~= '' then
  redis.call('ZADD', alive_key, now, name)
  redis.call('EXPIRE', alive_key, 60)
end
return redis.call('ZCARD', alive_key)
