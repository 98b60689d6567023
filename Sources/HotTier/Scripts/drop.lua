#!lua flags=allow-oom
-- While tiers are reconciled: a hot copy of a session that is behind SQLite goes, with everything that belongs to it.
-- At any other time: one that an operator has found to be flushed and not as SQLite has it.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 abandoned  7 touched  8 manifest
-- ARGV  1 session id  2 version  3 log id  4 'reconciling'; 'run_id' for an operator
--       5 the manifest's value of that: mark, or run id of Redis
-- Reply OK | MOVED | UNRECONCILED
if redis.call('HGET', KEYS[8], ARGV[4]) ~= ARGV[5] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'version', 'log_id')
if h[1] ~= ARGV[2] or h[2] ~= ARGV[3] then return {'MOVED'} end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('UNLINK', KEYS[2])
for i = 4, 7 do redis.call('ZREM', KEYS[i], ARGV[1]) end
return {'OK'}
