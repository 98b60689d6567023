#!lua
-- The places of one session in the shard's indexes, and its liveness key, as its status wants them.
-- KEYS  1 session  2 alive  3 user  4 activity  5 abandoned  6 touched  7 gone  8 manifest
-- ARGV  1 session id  2 abandon_after (ms)  3 '1' where SQLite alone has it, abandoned, else ''  4 run id of Redis
-- Reply OK | UNRECONCILED
if redis.call('HGET', KEYS[8], 'run_id') ~= ARGV[4] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'status', 'last_activity_at', 'updated_at')
if h[1] == 'active' then
  local t = redis.call('TIME')
  local ends = h[2] + ARGV[2]
  redis.call('ZADD', KEYS[3], 'NX', h[2], ARGV[1])
  redis.call('ZADD', KEYS[4], 'NX', h[2], ARGV[1])
  redis.call('ZREM', KEYS[5], ARGV[1])
  -- Of one whose time is up the sweep takes care.
  if t[1] * 1000 < ends then redis.call('SET', KEYS[2], '', 'NX', 'PXAT', ends) end
  return {'OK'}
end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[4], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
if h[1] == 'abandoned' then
  redis.call('ZADD', KEYS[5], 'NX', h[3], ARGV[1])
elseif h[1] or ARGV[3] == '' then
  redis.call('ZREM', KEYS[5], ARGV[1])
end
if not h[1] and redis.call('EXISTS', KEYS[7]) == 0 then redis.call('ZREM', KEYS[3], ARGV[1]) end
return {'OK'}
