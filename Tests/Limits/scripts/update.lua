#!lua
-- Other metadata for a session.
-- KEYS  1 session  2 alive  3 user  4 activity  5 log
-- ARGV  1 session id  2 user id  3 abandon_after (ms)  4 metadata
-- Reply name, mission_id, messages, created_at, <log id>, <version>, <updated at> | nil (none, another's, or not active)
-- Log   op use: sid user_id version at last_activity_at metadata
local h = redis.call('HMGET', KEYS[1], 'name', 'mission_id', 'messages', 'created_at', 'user_id', 'status',
  'last_activity_at', 'version')
if h[5] ~= ARGV[2] or h[6] ~= 'active' then return false end
local t = redis.call('TIME')
local now, seen = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(h[7])
if now < seen then now = seen end
-- As text, once: Redis spells out a number by 17 significant digits each time.
local at, version = string.format('%d', now), string.format('%d', h[8] + 1)
local id = redis.call('XADD', KEYS[5], 'NOMKSTREAM', '*', 'op', 'use', 'sid', ARGV[1], 'user_id', ARGV[2],
  'version', version, 'at', at, 'last_activity_at', at, 'metadata', ARGV[4])
if not id then return false end
redis.call('HSET', KEYS[1], 'log_id', id, 'version', version, 'updated_at', at, 'last_activity_at', at,
  'metadata', ARGV[4])
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('SET', KEYS[2], '', 'PXAT', string.format('%d', now + ARGV[3]))
redis.call('ZADD', KEYS[4], at, ARGV[1])
return {h[1], h[2], h[3], h[4], id, version, now}
