#!lua flags=no-writes
-- The time of the server that has the key, which is not looked at: seconds since 1970, and microseconds of the next.

return redis.call('TIME')
