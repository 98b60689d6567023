#!lua
-- Activity in an active session: it is seen now, and its liveness begins anew. Not logged.
-- KEYS  1 session  2 alive  3 user  4 activity  5 touched
-- ARGV  1 session id  2 user id  3 abandon_after (ms)
-- Reply <last activity> | nil (none, another's, or not active)
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at')
if h[1] ~= ARGV[2] or h[2] ~= 'active' then return false end
local t = redis.call('TIME')
local now, seen = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(h[3])
if now < seen then now = seen end
local at = string.format('%d', now)  -- once: Redis spells out a number by 17 significant digits each time
redis.call('HSET', KEYS[1], 'last_activity_at', at)
redis.call('SET', KEYS[2], '', 'PXAT', string.format('%d', now + ARGV[3]))
redis.call('ZADD', KEYS[4], at, ARGV[1])
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('ZADD', KEYS[5], at, ARGV[1])
return now
