#!lua
-- A session goes, with its messages. Its tombstone stays until the deletion is flushed, and 10 s longer.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 abandoned  7 touched  8 log  9 gone
-- ARGV  1 session id  2 user id  3 most log entries  4 versions (' 7 9 '; '': any)
--       5 statuses it may have (' archived '; '': any)  6 only if last changed before (ms; '': whenever)  7 channel
-- Reply OK <log id> | MISS | ABSENT | STATUS <status> | VERSION <version> | NOTDUE | FULL | LOGGONE
-- Log   op delete: sid user_id version at
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'version', 'updated_at')
if not h[1] then
  if redis.call('EXISTS', KEYS[9]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
if ARGV[4] ~= '' and not string.find(ARGV[4], ' ' .. h[3] .. ' ', 1, true) then return {'VERSION', h[3]} end
if ARGV[5] ~= '' and not string.find(ARGV[5], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
if ARGV[6] ~= '' and tonumber(h[4]) >= tonumber(ARGV[6]) then return {'NOTDUE'} end
if redis.call('XLEN', KEYS[8]) >= tonumber(ARGV[3]) then return {'FULL'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local id = redis.call('XADD', KEYS[8], 'NOMKSTREAM', '*', 'op', 'delete', 'sid', ARGV[1], 'user_id', ARGV[2],
  'version', h[3] + 1, 'at', now)
if not id then return {'LOGGONE'} end
redis.call('SET', KEYS[9], id)
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('UNLINK', KEYS[2])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[1])
redis.call('ZADD', KEYS[4], now, ARGV[1])
redis.call('PUBLISH', ARGV[7], '{"event":"delete"}')
return {'OK', id}
