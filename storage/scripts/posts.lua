-- All parts of a turn, and what time it is, in milliseconds.
local posts_key = KEYS[1]

local now = redis.call('TIME')
return {string.format('%d%03d', now[1], math.floor(now[2] / 1000)), redis.call('HGETALL', posts_key)}
