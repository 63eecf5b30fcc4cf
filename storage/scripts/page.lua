-- Put a post on a page, or replace the one with its id, and tell whoever watches.
-- A thread is called by what its first post says now; of ours and of later posts that counts only where there is no title yet.
local posts_key, order_key, news_key, title_key = unpack(KEYS)
local post_id, post, title, news_kept, seconds = unpack(ARGV) -- no title: ''

if redis.call('HSET', posts_key, post_id, post) == 1 then redis.call('RPUSH', order_key, post_id) end
redis.call('XADD', news_key, 'MAXLEN', '~', news_kept, '*', 'post', post_id)
local is_first = redis.call('LINDEX', order_key, 0) == post_id
if title ~= '' and (is_first or redis.call('EXISTS', title_key) == 0) then redis.call('SET', title_key, title) end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, seconds) end
return 1
