-- A field whose value was entered elsewhere is struck off, unless it says something newer by now.
-- KEYS hash  ARGV field, value
if redis.call("HGET", KEYS[1], ARGV[1]) == ARGV[2] then
  return redis.call("HDEL", KEYS[1], ARGV[1])
end
return 0
