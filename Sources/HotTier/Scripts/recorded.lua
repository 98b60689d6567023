#!lua flags=allow-oom
-- After the newest activity was written to SQLite: those not seen again since are no longer marked, and SQLite's mark
-- of the writing is kept.
-- KEYS  1 touched  2 flush  3 manifest
-- ARGV  1 mark  2 run id of Redis  3… pairs: session id, last activity that was written
-- Reply OK <marks removed> | UNRECONCILED
if redis.call('HGET', KEYS[3], 'run_id') ~= ARGV[2] then return {'UNRECONCILED'} end
local removed = 0
for i = 3, #ARGV, 2 do
  local seen = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if seen and tonumber(seen) <= tonumber(ARGV[i + 1]) then removed = removed + redis.call('ZREM', KEYS[1], ARGV[i]) end
end
redis.call('HSET', KEYS[2], 'activity', ARGV[1])
return {'OK', removed}
