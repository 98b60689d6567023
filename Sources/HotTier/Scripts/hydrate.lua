#!lua
-- Fills a miss with what was read from SQLite. Only ever creates.
-- KEYS  1 session  2 messages  3 alive  4 gone  5 user  6 activity  7 abandoned  8 manifest
-- ARGV  1 session id  2 Redis' time when the read began (ms)  3 oldest a read may be (ms)  4 hot_linger (ms)
--       5 'run_id'; 'reconciling' for who reconciles the tiers  6 when it abandons (ms; '': not active)
--       7 when it was abandoned (ms; '': it isn't)
--       8… user_id name status mission_id metadata version log_id messages created_at updated_at last_activity_at
--       19 the manifest's value of 5: run id of Redis, or mark  20… the newest messages' JSON, oldest first
-- Reply CREATED | PRESENT | DELETED | STALE | UNRECONCILED
if redis.call('HGET', KEYS[8], ARGV[5]) ~= ARGV[19] then return {'UNRECONCILED'} end
if redis.call('EXISTS', KEYS[1]) == 1 then return {'PRESENT'} end
if redis.call('EXISTS', KEYS[4]) == 1 then return {'DELETED'} end
local t = redis.call('TIME')
if t[1] * 1000 + math.floor(t[2] / 1000) - ARGV[2] > tonumber(ARGV[3]) then return {'STALE'} end
redis.call('HSET', KEYS[1], 'user_id', ARGV[8], 'name', ARGV[9], 'status', ARGV[10], 'mission_id', ARGV[11],
  'metadata', ARGV[12], 'version', ARGV[13], 'log_id', ARGV[14], 'messages', ARGV[15], 'created_at', ARGV[16],
  'updated_at', ARGV[17], 'last_activity_at', ARGV[18])
redis.call('DEL', KEYS[2])
for i = 20, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
if ARGV[6] ~= '' then
  redis.call('SET', KEYS[3], '', 'PXAT', ARGV[6])
  redis.call('ZADD', KEYS[5], ARGV[18], ARGV[1])
  redis.call('ZADD', KEYS[6], ARGV[18], ARGV[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
end
if ARGV[7] ~= '' then
  redis.call('ZADD', KEYS[7], ARGV[7], ARGV[1])
else -- what Redis knew before it lost its newest data may stand there yet
  redis.call('ZREM', KEYS[7], ARGV[1])
end
return {'CREATED'}
