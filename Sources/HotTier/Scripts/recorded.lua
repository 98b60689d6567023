#!lua flags=allow-oom
-- After the newest activity was written to SQLite: those not seen again since are no longer marked.
-- KEYS  1 touched
-- ARGV  pairs: session id, last activity that was written
-- Reply OK <marks removed>
local removed = 0
for i = 1, #ARGV, 2 do
  local seen = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if seen and tonumber(seen) <= tonumber(ARGV[i + 1]) then removed = removed + redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return {'OK', removed}
