-- Strike a thread off the busy list unless it was listed anew.
local busy_key = KEYS[1]
local thread, listed_before = unpack(ARGV)

local listed_at = redis.call('ZSCORE', busy_key, thread)
if listed_at and tonumber(listed_at) <= tonumber(listed_before) then return redis.call('ZREM', busy_key, thread) end
return 0
