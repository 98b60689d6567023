#!lua
-- An active session whose time is up is abandoned. Whoever calls: the expired-key event, the sweep, a request.
-- KEYS  1 session  2 alive  3 user  4 activity  5 abandoned  6 touched  7 log  8 manifest
-- ARGV  1 session id  2 user id  3 most log entries  4 abandon_after (ms)  5 status before  6 status afterwards
--       7 channel  8 run id of Redis
-- Reply OK <log id> | MISS | ABSENT | NOTDUE | FULL | UNRECONCILED
-- Log   op abandon: sid user_id version at last_activity_at status abandoned_at
if redis.call('HGET', KEYS[8], 'run_id') ~= ARGV[8] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at', 'version')
if not h[1] then
  redis.call('ZREM', KEYS[4], ARGV[1])
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'ABSENT'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if h[2] ~= ARGV[5] or redis.call('EXISTS', KEYS[2]) == 1 or now < h[3] + ARGV[4] then return {'NOTDUE'} end
if redis.call('XLEN', KEYS[7]) >= tonumber(ARGV[3]) then return {'FULL'} end
local version = h[4] + 1
local id = redis.call('XADD', KEYS[7], 'NOMKSTREAM', '*', 'op', 'abandon', 'sid', ARGV[1], 'user_id', ARGV[2],
  'version', version, 'at', now, 'last_activity_at', h[3], 'status', ARGV[6], 'abandoned_at', now)
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'status', ARGV[6], 'version', version, 'log_id', id, 'updated_at', now)
redis.call('ZADD', KEYS[5], now, ARGV[1])
redis.call('ZADD', KEYS[3], h[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('PUBLISH', ARGV[7], string.format(
  '{"event":"abandon","version":%.0f,"status":"%s","log_id":"%s"}', version, ARGV[6], id))
return {'OK', id}
