#!lua flags=allow-oom
-- Keep leases, also those that lapsed in an outage, while nobody has taken over; and hear whether their turns were asked to stop. KEYS
-- has four for each lease, ARGV a fence for each after the first. Gives back for each whether it is ours and who asked, or nothing
-- where its keys cannot be read.
local lease_ms = ARGV[1]
local now = redis.call('TIME')[1]

local function keep(our_fence, lease_key, fence_key, stop_key, turn_key)
  if redis.call('GET', fence_key) ~= our_fence then return {0, ''} end
  redis.call('SET', lease_key, our_fence, 'PX', lease_ms)
  if redis.call('EXISTS', turn_key) == 1 then redis.call('HSET', turn_key, 'alive', now) end
  return {1, redis.call('GET', stop_key) or ''}
end

local kept = {}
for place = 2, #ARGV do
  local is_readable, one = pcall(keep, ARGV[place], unpack(KEYS, 4 * place - 7, 4 * place - 4))
  kept[#kept + 1] = is_readable and one or {}
end
return kept
