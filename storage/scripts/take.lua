-- Take the next turn of a thread, or give the thread back when nothing waits: both in one step, so that no message is stranded
-- between the two. KEYS: lease, fence, in, turn, heard, state. ARGV: our fence or '', lease ms, thread seconds.
local fence = ARGV[1]
if fence == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 or redis.call('LLEN', KEYS[3]) == 0 then return {} end
  fence = tostring(redis.call('INCR', KEYS[2]))
  redis.call('EXPIRE', KEYS[2], ARGV[3])
elseif redis.call('GET', KEYS[2]) ~= fence then
  return {}
elseif redis.call('LLEN', KEYS[3]) == 0 then
  redis.call('DEL', KEYS[1])
  return {}
end
redis.call('SET', KEYS[1], fence, 'PX', ARGV[2])
-- A turn that comes again holds the same messages: what arrived meanwhile waits for the next one.
local count = redis.call('HGET', KEYS[4], 'count')
if not count then
  count = redis.call('LLEN', KEYS[3])
  redis.call('HSET', KEYS[4], 'count', count)
end
local attempt = redis.call('HINCRBY', KEYS[4], 'attempt', 1)
redis.call('EXPIRE', KEYS[4], ARGV[3])
return {
  fence, attempt,
  redis.call('LRANGE', KEYS[3], 0, tonumber(count) - 1),
  redis.call('LRANGE', KEYS[5], 0, -1),
  redis.call('HEXISTS', KEYS[6], 'part'),
  redis.call('HEXISTS', KEYS[6], 'muted'),
}
