#!lua
-- A session and its newest messages, which counts as activity: the ordinary program's one call. (The limit reads
-- without a script: Lua converts every reply.)
-- KEYS  1 session  2 alive  3 user  4 activity  5 touched  6 messages
-- ARGV  1 session id  2 user id  3 abandon_after (ms)  4 how many messages
-- Reply <last activity>, {the session's fields}, {messages} | nil (none, another's, or not active)
local h = redis.call('HMGET', KEYS[1], 'user_id', 'name', 'status', 'mission_id', 'metadata', 'version', 'messages',
  'created_at', 'updated_at', 'last_activity_at')
if h[1] ~= ARGV[2] or h[3] ~= 'active' then return false end
local t = redis.call('TIME')
local now, seen = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(h[10])
if now < seen then now = seen end
local at = string.format('%d', now)  -- once: Redis spells out a number by 17 significant digits each time
redis.call('HSET', KEYS[1], 'last_activity_at', at)
redis.call('SET', KEYS[2], '', 'PXAT', string.format('%d', now + ARGV[3]))
redis.call('ZADD', KEYS[4], at, ARGV[1])
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('ZADD', KEYS[5], at, ARGV[1])
h[10] = nil
return {now, h, redis.call('LRANGE', KEYS[6], -ARGV[4], -1)}
