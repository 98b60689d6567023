#!lua
-- A new session, with a name.
-- KEYS  1 session  2 alive  3 user  4 activity  5 log
-- ARGV  1 session id  2 user id  3 abandon_after (ms)  4 metadata  5 name
-- Reply <log id> <created at> | nil (there is no log)
-- Log   op create: sid user_id version at last_activity_at name status metadata
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local at = string.format('%d', now)  -- once: Redis spells out a number by 17 significant digits each time
local id = redis.call('XADD', KEYS[5], 'NOMKSTREAM', '*', 'op', 'create', 'sid', ARGV[1], 'user_id', ARGV[2],
  'version', '1', 'at', at, 'last_activity_at', at, 'name', ARGV[5], 'status', 'active', 'metadata', ARGV[4])
if not id then return false end
redis.call('HSET', KEYS[1], 'user_id', ARGV[2], 'name', ARGV[5], 'status', 'active', 'mission_id', '',
  'metadata', ARGV[4], 'version', '1', 'log_id', id, 'messages', '0', 'created_at', at, 'updated_at', at,
  'last_activity_at', at)
redis.call('SET', KEYS[2], '', 'PXAT', string.format('%d', now + ARGV[3]))
redis.call('ZADD', KEYS[3], at, ARGV[1])
redis.call('ZADD', KEYS[4], at, ARGV[1])
return id .. ' ' .. at
