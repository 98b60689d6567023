#!lua
-- A session goes, with its messages; its mission stays, unlinked. Its tombstone stays until the deletion is flushed,
-- and 10 s longer; while it does, the same deletion again succeeds.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 abandoned  7 touched  8 log  9 gone
--       10 its mission (the session again without one)  11 manifest
-- ARGV  1 session id  2 user id  3 most log entries  4 versions (' 7 9 '; '': any)
--       5 statuses it may have (' archived '; '': any)  6 only if last changed before (ms; '': whenever)  7 channel
--       8 its mission's id ('': none is known)  9 run id of Redis
-- Reply OK <log id> | MISS | ABSENT | STATUS <status> | VERSION <version> | NOTDUE | LINKED <mission id>
--       | MISSIONMISS <mission id> | FULL | UNRECONCILED
-- Log   op delete: sid user_id version at [unlinked]
if redis.call('HGET', KEYS[11], 'run_id') ~= ARGV[9] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'version', 'updated_at', 'mission_id')
if not h[1] then
  local done, user = string.match(redis.call('GET', KEYS[9]) or '', '^(%d+%-%d+) (.*)$')
  if not done then return {'MISS'} end
  if user ~= ARGV[2] or ARGV[6] ~= '' then return {'ABSENT'} end
  return {'OK', done}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
if ARGV[4] ~= '' and not string.find(ARGV[4], ' ' .. h[3] .. ' ', 1, true) then return {'VERSION', h[3]} end
if ARGV[5] ~= '' and not string.find(ARGV[5], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
if ARGV[6] ~= '' and tonumber(h[4]) >= tonumber(ARGV[6]) then return {'NOTDUE'} end
if h[5] ~= '' then
  if h[5] ~= ARGV[8] then return {'LINKED', h[5]} end
  if KEYS[10] ~= KEYS[1] and redis.call('HEXISTS', KEYS[10], 'user_id') == 0 then return {'MISSIONMISS', h[5]} end
end
if redis.call('XLEN', KEYS[8]) >= tonumber(ARGV[3]) then return {'FULL'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local entry = {'op', 'delete', 'sid', ARGV[1], 'user_id', ARGV[2], 'version', h[3] + 1, 'at', now}
if h[5] ~= '' then
  entry[#entry + 1] = 'unlinked'
  entry[#entry + 1] = h[5]
end
local id = redis.call('XADD', KEYS[8], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
if h[5] ~= '' and KEYS[10] ~= KEYS[1] and redis.call('HGET', KEYS[10], 'session_id') == ARGV[1] then
  redis.call('HSET', KEYS[10], 'session_id', '', 'log_id', id)
  redis.call('PERSIST', KEYS[10])
end
redis.call('SET', KEYS[9], id .. ' ' .. ARGV[2])
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('UNLINK', KEYS[2])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZREM', KEYS[6], ARGV[1])
redis.call('ZREM', KEYS[7], ARGV[1])
-- Out of the list, and told apart there: SQLite has it still.
redis.call('ZADD', KEYS[4], 0, ARGV[1])
redis.call('PUBLISH', ARGV[7], '{"event":"delete"}')
return {'OK', id}
