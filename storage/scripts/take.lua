#!lua flags=allow-oom
-- Take the next turn of a thread, or give the thread back when nothing waits: both in one step, so that no message is stranded
-- between the two. Every turn has a fence of its own, so a `done` that arrives late finds the next turn untouched.
-- The last number tells when there was a sign of life here, in seconds since 1970, or 0.
-- KEYS: lease, fence, in, turn, heard, state, woken. ARGV: fence of the turn before or '', lease ms, thread seconds.
if ARGV[1] == '' then
  if redis.call('EXISTS', KEYS[1]) == 1 then return {} end
elseif redis.call('GET', KEYS[2]) ~= ARGV[1] then
  return {}
end
redis.call('DEL', KEYS[7])
if redis.call('LLEN', KEYS[3]) == 0 then
  redis.call('DEL', KEYS[1])
  return {}
end
local fence = tostring(redis.call('INCR', KEYS[2]))
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('SET', KEYS[1], fence, 'PX', ARGV[2])
-- A turn that comes again holds the same messages: what arrived meanwhile waits for the next one.
local count = redis.call('HGET', KEYS[4], 'count')
if not count then
  -- What is asked again is a turn of its own, so that its answer is replaced and no other question is answered there: `apart` says how
  -- many messages each of these turns has, from the front.
  local first, rest = string.match(redis.call('HGET', KEYS[6], 'apart') or '', '^[0 ]*(%d+) ?(.*)$')
  count = redis.call('LLEN', KEYS[3])
  if first and tonumber(first) > 0 then count = math.min(tonumber(first), count) end
  if rest and rest ~= '' then redis.call('HSET', KEYS[6], 'apart', rest) else redis.call('HDEL', KEYS[6], 'apart') end
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
  math.max(tonumber(redis.call('HGET', KEYS[6], 'stirred') or 0), tonumber(redis.call('HGET', KEYS[4], 'alive') or 0)),
}
