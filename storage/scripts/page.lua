-- Put a post on a page, or replace the one with its id, and tell whoever watches. KEYS: posts, order, news, title.
-- ARGV: post id, post, title or '', news kept, seconds.
if redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[1]) end
redis.call('XADD', KEYS[3], 'MAXLEN', '~', ARGV[4], '*', 'post', ARGV[1])
if ARGV[3] ~= '' then redis.call('SET', KEYS[4], ARGV[3], 'NX') end
for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ARGV[5]) end
return 1
