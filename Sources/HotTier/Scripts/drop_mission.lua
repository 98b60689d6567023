#!lua flags=allow-oom
-- While tiers are reconciled: a hot copy of a mission goes. It is loaded again when somebody asks for it.
-- At any other time: one that an operator has found to be flushed and not as SQLite has it.
-- KEYS  1 mission  2 missions  3 manifest
-- ARGV  1 mission id  2 version  3 log id  4 'reconciling'; 'run_id' for an operator
--       5 the manifest's value of that: mark, or run id of Redis
-- Reply OK | MOVED | UNRECONCILED
if redis.call('HGET', KEYS[3], ARGV[4]) ~= ARGV[5] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'version', 'log_id')
if h[1] ~= ARGV[2] or h[2] ~= ARGV[3] then return {'MOVED'} end
redis.call('UNLINK', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return {'OK'}
