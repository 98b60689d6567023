#!lua
-- One message behind a chat's last one.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 log
-- ARGV  1 session id  2 user id  3 abandon_after (ms)  4 message: JSON before its sequence number
--       5 JSON behind its times  6 a day's beginning (ms)  7 that day, 'YYYY-MM-DD'  8 the day after it
-- Reply <log id> <version> <sequence number> <created at> | nil (none, another's, or not active)
-- Log   op append: sid user_id version at last_activity_at first m
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at', 'version', 'messages')
if h[1] ~= ARGV[2] or h[2] ~= 'active' then return false end
local t = redis.call('TIME')
local floor = math.floor
local now, seen = t[1] * 1000 + floor(t[2] / 1000), tonumber(h[3])
if now < seen then now = seen end
-- RFC 3339. Whoever calls knows the day, as the machine's clock is one; it may end on the way here.
local ms, day = now - ARGV[6], ARGV[7]
if ms >= 86400000 then ms, day = ms - 86400000, ARGV[8] end
local time = string.format('%sT%02d:%02d:%02d.%03dZ', day, floor(ms / 3600000), floor(ms / 60000) % 60,
  floor(ms / 1000) % 60, ms % 1000)
-- As text, once: Redis spells out a number by 17 significant digits each time.
local at, version, last = string.format('%d', now), string.format('%d', h[4] + 1), string.format('%d', h[5] + 1)
local json = ARGV[4] .. last .. ',"created_at":"' .. time .. '","updated_at":"' .. time .. '",' .. ARGV[5]
local id = redis.call('XADD', KEYS[6], 'NOMKSTREAM', '*', 'op', 'append', 'sid', ARGV[1], 'user_id', ARGV[2],
  'version', version, 'at', at, 'last_activity_at', at, 'first', last, 'm', json)
if not id then return false end
redis.call('RPUSH', KEYS[2], json)
redis.call('HSET', KEYS[1], 'version', version, 'log_id', id, 'messages', last, 'updated_at', at,
  'last_activity_at', at)
redis.call('SET', KEYS[3], '', 'PXAT', string.format('%d', now + ARGV[3]))
redis.call('ZADD', KEYS[4], at, ARGV[1])
redis.call('ZADD', KEYS[5], at, ARGV[1])
return id .. ' ' .. version .. ' ' .. last .. ' ' .. at
