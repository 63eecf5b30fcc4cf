-- Keep a message once. KEYS: claim, in, state, heard. ARGV: message, addressed, limit, claim seconds, thread seconds.
if redis.call('EXISTS', KEYS[1]) == 1 then return 'duplicate' end
if ARGV[2] == '0' and redis.call('HEXISTS', KEYS[3], 'known') == 0 then return 'unknown thread' end
if redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
redis.call('SET', KEYS[1], '1', 'EX', ARGV[4])
redis.call('RPUSH', KEYS[2], ARGV[1])
if ARGV[2] == '1' then redis.call('HSET', KEYS[3], 'known', '1') end
for i = 2, 4 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return 'new'
