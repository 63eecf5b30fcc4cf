-- Replace a thread's log, unless it has changed since it was read. The last of ARGV are the turns' ids, as many as it says, and the
-- entries. Entries as they were read are named by their SHA-1; `forgets_prefix` is '1' to have the prefix made anew.
local log_key, turns_key, prefix_key = unpack(KEYS)
local as_read, forgets_prefix, thread_seconds, turn_count = unpack(ARGV, 1, 4)

if redis.sha1hex(table.concat(redis.call('LRANGE', log_key, 0, -1))) ~= as_read then return 0 end
redis.call('DEL', log_key, turns_key)
if forgets_prefix == '1' then redis.call('DEL', prefix_key) end
local last_id = 4 + tonumber(turn_count)
for place = 5, last_id do redis.call('SADD', turns_key, ARGV[place]) end
for place = last_id + 1, #ARGV do redis.call('RPUSH', log_key, ARGV[place]) end
for _, key in ipairs({log_key, turns_key}) do redis.call('EXPIRE', key, thread_seconds) end
return 1
