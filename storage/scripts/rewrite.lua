-- Replace a thread's log, unless it has changed since it was read. KEYS: log, turns, prefix.
-- ARGV: SHA-1 of the entries as they were read, '1' to have the prefix made anew, thread seconds, how many turns, their ids, the entries.
if redis.sha1hex(table.concat(redis.call('LRANGE', KEYS[1], 0, -1))) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
if ARGV[2] == '1' then redis.call('DEL', KEYS[3]) end
local turns = tonumber(ARGV[4])
for i = 5, 4 + turns do redis.call('SADD', KEYS[2], ARGV[i]) end
for i = 5 + turns, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[i]) end
for _, key in ipairs({KEYS[1], KEYS[2]}) do redis.call('EXPIRE', key, ARGV[3]) end
return 1
