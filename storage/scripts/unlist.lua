-- Strike a thread off the busy list unless it was listed anew. KEYS: busy list. ARGV: thread, listed before.
local at = redis.call('ZSCORE', KEYS[1], ARGV[1])
if at and tonumber(at) <= tonumber(ARGV[2]) then return redis.call('ZREM', KEYS[1], ARGV[1]) end
return 0
