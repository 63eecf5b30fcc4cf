-- A field whose value was entered elsewhere is struck off, unless it says something newer by now.
local rows_key = unpack(KEYS)
local field, value = unpack(ARGV)

if redis.call('HGET', rows_key, field) == value then return redis.call('HDEL', rows_key, field) end
return 0
