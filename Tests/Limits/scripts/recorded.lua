#!lua flags=allow-oom
-- After the newest activity was written to SQLite: those not seen again since are no longer marked.
-- KEYS  1 touched
-- ARGV  pairs: session id, last activity that was written
-- Reply OK
for i = 1, #ARGV, 2 do
  if redis.call('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return redis.status_reply('OK')
