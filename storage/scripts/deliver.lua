#!lua flags=allow-oom
-- Note where a part was posted; the first confirmed post has it, whoever made it. One that comes after its turn went to another
-- worker, who does not want the part (any more), is not wanted.
local fence_key, posts_key = unpack(KEYS)
local our_fence, index, post_id, seconds = unpack(ARGV)

local noted = redis.call('HGET', posts_key, index)
if noted and string.sub(noted, 1, 1) ~= '?' then return noted end
if not noted and redis.call('GET', fence_key) ~= our_fence then return '' end
redis.call('HSET', posts_key, index, post_id)
redis.call('EXPIRE', posts_key, seconds)
return post_id
