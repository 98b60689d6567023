#!lua
-- Activity in an active session: it is seen now, and its liveness begins anew. Not logged.
-- KEYS  1 session  2 alive  3 user  4 activity  5 touched  6 gone  7 manifest
-- ARGV  1 session id  2 user id  3 abandon_after (ms)  4 run id of Redis
-- Reply OK <last activity> <abandons at> | MISS | ABSENT | DUE | STATUS <status> | UNRECONCILED
if redis.call('HGET', KEYS[7], 'run_id') ~= ARGV[4] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at')
if not h[1] then
  if redis.call('EXISTS', KEYS[6]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
if h[2] ~= 'active' then return {'STATUS', h[2]} end
local t = redis.call('TIME')
local now, seen = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(h[3])
if now >= seen + ARGV[3] and redis.call('EXISTS', KEYS[2]) == 0 then return {'DUE'} end
if now < seen then now = seen end
local ends = now + ARGV[3]
local at = string.format('%d', now)  -- once: Redis spells out a number by 17 significant digits each time
redis.call('HSET', KEYS[1], 'last_activity_at', at)
redis.call('SET', KEYS[2], '', 'PXAT', string.format('%d', ends))
redis.call('ZADD', KEYS[4], at, ARGV[1])
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('ZADD', KEYS[5], at, ARGV[1])
return {'OK', now, ends}
