#!lua
-- A session's metadata under another key, if it is still the one that was opened. Its version stays.
-- KEYS  1 session  2 messages  3 user  4 log  5 manifest
-- ARGV  1 session id  2 user id  3 most log entries  4 run id of Redis  5 metadata before  6 metadata afterwards
-- Reply OK <log id> | MISS | MOVED | FULL | UNRECONCILED
-- Log   op reseal: sid user_id metadata
if redis.call('HGET', KEYS[5], 'run_id') ~= ARGV[4] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'metadata', 'last_activity_at')
if h[1] ~= ARGV[2] then return {'MISS'} end
if h[2] ~= ARGV[5] then return {'MOVED'} end
if redis.call('XLEN', KEYS[4]) >= tonumber(ARGV[3]) then return {'FULL'} end
local id = redis.call('XADD', KEYS[4], 'NOMKSTREAM', '*', 'op', 'reseal', 'sid', ARGV[1], 'user_id', ARGV[2],
  'metadata', ARGV[6])
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'metadata', ARGV[6], 'log_id', id)
redis.call('PERSIST', KEYS[1])
redis.call('PERSIST', KEYS[2])
redis.call('ZADD', KEYS[3], h[3], ARGV[1])
return {'OK', id}
