-- Put entries away that cannot be read, so that their thread goes on; a turn that holds no other ends. The attempt that found them
-- does not count. The last of ARGV are the entries.
local fence_key, waiting_key, context_key, turn_key, unreadable_key = unpack(KEYS)
local our_fence, thread_seconds = ARGV[1], ARGV[2]

if redis.call('GET', fence_key) ~= our_fence then return 0 end
for place = 3, #ARGV do
  if redis.call('LREM', waiting_key, 1, ARGV[place]) == 1 then
    redis.call('HINCRBY', turn_key, 'count', -1)
  else
    redis.call('LREM', context_key, 1, ARGV[place])
  end
  redis.call('RPUSH', unreadable_key, ARGV[place])
end
redis.call('HINCRBY', turn_key, 'attempt', -1)
if redis.call('HGET', turn_key, 'count') == '0' then redis.call('DEL', turn_key) end
redis.call('EXPIRE', unreadable_key, thread_seconds)
return 1
