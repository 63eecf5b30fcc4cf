#!lua flags=allow-oom
-- Keep how far the turn in the air has come. KEYS: fence, progress. ARGV: our fence, turn id, course, text, asked,
-- seconds.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], 'turn', ARGV[2], 'course', ARGV[3], 'text', ARGV[4], 'asked', ARGV[5])
redis.call('EXPIRE', KEYS[2], ARGV[6])
return 1
