#!lua flags=allow-oom
-- SQLite knows of later activity in a session than the hot tier, which lost its newest writes.
-- KEYS  1 session  2 alive  3 user  4 activity  5 manifest
-- ARGV  1 session id  2 last activity (ms)  3 when it abandons (ms)  4 mark of who reconciles
-- Reply OK | MISS | UNRECONCILED
if redis.call('HGET', KEYS[5], 'reconciling') ~= ARGV[4] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'status', 'last_activity_at')
if not h[1] or tonumber(h[2]) >= tonumber(ARGV[2]) then return {'MISS'} end
redis.call('HSET', KEYS[1], 'last_activity_at', ARGV[2])
if h[1] ~= 'active' then return {'OK'} end
redis.call('SET', KEYS[2], '', 'PXAT', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[2], ARGV[1])
redis.call('ZADD', KEYS[4], ARGV[2], ARGV[1])
return {'OK'}
