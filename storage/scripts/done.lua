#!lua flags=allow-oom
-- End a turn, once: a repeated call, whose first reply was lost, changes nothing.
-- uses queue
local fence_key, waiting_key, context_key, state_key, turn_key = unpack(KEYS, 1, 5)
local stop_key, failed_key, failures_key, progress_key = unpack(KEYS, 6)
local our_fence, covered, outcome, most_context, failed_seconds, thread_seconds, turn_id = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return 0 end
local held = held_by(turn_key)
if held == 0 then return 1 end
local count = math.max(1, math.min(tonumber(covered), held))
local ended = redis.call('LRANGE', waiting_key, 0, count - 1)
redis.call('LTRIM', waiting_key, count, -1)
redis.call('DEL', turn_key, stop_key, progress_key)
note_activity(state_key)
if outcome == 'answered' then
  redis.call('DEL', context_key)
  redis.call('HSET', state_key, 'known', '1', 'part', '1')
elseif outcome == 'left alone' or outcome == 'failed' then
  for _, entry in ipairs(ended) do redis.call('RPUSH', context_key, entry) end
  redis.call('LTRIM', context_key, -tonumber(most_context), -1)
end
if outcome == 'failed' then
  redis.call('DEL', failed_key)
  for _, entry in ipairs(ended) do redis.call('RPUSH', failed_key, entry) end
  redis.call('SADD', failures_key, turn_id)
  for _, key in ipairs({failed_key, failures_key}) do redis.call('EXPIRE', key, failed_seconds) end
end
for _, key in ipairs({fence_key, waiting_key, context_key, state_key}) do redis.call('EXPIRE', key, thread_seconds) end
return 1
