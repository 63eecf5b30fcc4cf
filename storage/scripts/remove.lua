-- Note that a part is not there (any more).
local fence_key, posts_key = unpack(KEYS)
local our_fence, index = unpack(ARGV)

if redis.call('GET', fence_key) ~= our_fence then return 0 end
redis.call('HDEL', posts_key, index)
return 1
