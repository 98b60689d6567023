#!lua flags=allow-oom
-- After a commit: the log ends at the cursor, and each chat keeps its newest messages, those that are not flushed among
-- them.
-- KEYS  1 log  2 flush  3… per session: session, messages
-- ARGV  1 cursor  2 the id behind it  3 messages that stay  4… per session: flushed messages
-- Reply OK
redis.call('XTRIM', KEYS[1], 'MINID', ARGV[2])
redis.call('HSET', KEYS[2], 'cursor', ARGV[1])
for i = 4, #ARGV do
  local session = 2 * i - 5
  local unflushed = redis.call('HGET', KEYS[session], 'messages') - ARGV[i]
  redis.call('LTRIM', KEYS[session + 1], -math.max(ARGV[3], unflushed), -1)
end
return redis.status_reply('OK')
