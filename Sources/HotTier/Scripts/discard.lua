#!lua
-- A mission goes, with everything in it, and is no longer its session's. What the session is otherwise, it stays. Its
-- tombstone stays until the deletion is flushed, and 10 s longer.
-- KEYS  1 mission  2 log  3 gone  4 missions
--       with a session: 5 session  6 messages  7 user; the last: manifest
-- ARGV  1 mission id  2 user id  3 most log entries  4 versions (' 7 9 '; '': any)  5 session id ('': it has none)
--       6 channel  7 run id of Redis
-- Reply OK <log id> | ABSENT | MISSIONMISS <mission id> | LINKMOVED | MISS | VERSION <version> | FULL | UNRECONCILED
-- Log   op discard: [sid version last_activity_at mission_id] mid user_id mission_version at
if redis.call('HGET', KEYS[#KEYS], 'run_id') ~= ARGV[7] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'version', 'session_id')
if not h[1] then
  local done, user = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+%-%d+) (.*)$')
  if done and user == ARGV[2] then return {'OK', done} end
  if done then return {'ABSENT'} end
  return {'MISSIONMISS', ARGV[1]}
end
if h[1] ~= ARGV[2] then return {'MISSIONMISS', ARGV[1]} end  -- Another's: SQLite will say that there is none.
if ARGV[4] ~= '' and not string.find(ARGV[4], ' ' .. h[2] .. ' ', 1, true) then return {'VERSION', h[2]} end
if h[3] ~= ARGV[5] then return {'LINKMOVED'} end
local s
if ARGV[5] ~= '' then
  s = redis.call('HMGET', KEYS[5], 'user_id', 'version', 'last_activity_at', 'mission_id')
  if not s[1] then return {'MISS'} end
  if s[4] ~= ARGV[1] then s = nil end
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local entry = {'op', 'discard', 'user_id', ARGV[2], 'at', now, 'mid', ARGV[1], 'mission_version', h[2] + 1}
if s then
  local more = {'sid', ARGV[5], 'version', s[2] + 1, 'last_activity_at', s[3], 'mission_id', ''}
  for _, value in ipairs(more) do entry[#entry + 1] = value end
end
local id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('SET', KEYS[3], id .. ' ' .. ARGV[2])
redis.call('UNLINK', KEYS[1])
redis.call('ZADD', KEYS[4], now, ARGV[1])
if s then
  redis.call('HSET', KEYS[5], 'version', s[2] + 1, 'log_id', id, 'updated_at', now, 'mission_id', '')
  redis.call('PERSIST', KEYS[5])
  redis.call('PERSIST', KEYS[6])
  redis.call('ZADD', KEYS[7], s[3], ARGV[5])
  redis.call('PUBLISH', ARGV[6], string.format(
    '{"event":"discard","version":%.0f,"mission_version":%.0f,"log_id":"%s"}', s[2] + 1, h[2] + 1, id))
end
return {'OK', id}
