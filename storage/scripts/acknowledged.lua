-- A wake-up has been dealt with: nobody gets it again, and the stream does not grow.
local stream_key = KEYS[1]
local group, entry_id = unpack(ARGV)

redis.call('XACK', stream_key, group, entry_id)
redis.call('XDEL', stream_key, entry_id)
