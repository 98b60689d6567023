#!lua
-- Fills a miss with a mission that was read from SQLite. Only ever creates. It stays as long as its session does, if
-- that is here; else for the linger.
-- KEYS  1 mission  2 gone  3 manifest  4 session (the mission again without one)
-- ARGV  1 Redis' time when the read began (ms)  2 oldest a read may be (ms)  3 hot_linger (ms)
--       4 run id of Redis  5… fields: name, value
-- Reply CREATED | PRESENT | DELETED | STALE | UNRECONCILED
if redis.call('HGET', KEYS[3], 'run_id') ~= ARGV[4] then return {'UNRECONCILED'} end
if redis.call('HEXISTS', KEYS[1], 'user_id') == 1 then return {'PRESENT'} end
if redis.call('EXISTS', KEYS[2]) == 1 then return {'DELETED'} end
local t = redis.call('TIME')
if t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[1] > tonumber(ARGV[2]) then return {'STALE'} end
redis.call('DEL', KEYS[1])
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
if KEYS[4] == KEYS[1] or redis.call('PTTL', KEYS[4]) ~= -1 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {'CREATED'}
