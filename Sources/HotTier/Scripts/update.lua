#!lua
-- A change of a session's own fields, of its status, or of both.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 abandoned  7 touched  8 log  9 gone  10 numbers
--       11 mission to be linked, 12 the one that was until now (either: the session again without one)
--       13 manifest
-- ARGV  1 session id  2 user id  3 most log entries  4 abandon_after (ms)  5 versions (' 7 9 '; '': any)
--       6 statuses it may have (' active abandoned ')  7 op  8 status afterwards  9 channel
--       10 name ('': as it is)  11 N of a name Session N, else 0  12 highest N that SQLite knows ('': not asked)
--       13 TTL of numbers (ms)  14 metadata: '' as it is, '1' the next  15 sealed metadata
--       16 mission: 'keep', 'unlink', 'link'  17 mission id  18 id of the one until now ('': none is known)
--       19 run id of Redis
-- Reply OK <the session's fields, metadata '' where it is the next> <abandons at, or -2> | MISS | ABSENT | DUE
--       | STATUS <status> | VERSION <version> | LINKED <mission id> | MISSIONMISS <mission id> | TAKEN | NUMBER
--       | FULL | UNRECONCILED
-- Log   op: sid user_id version at last_activity_at [status] [name] [metadata] [mission_id] [unlinked]
if redis.call('HGET', KEYS[13], 'run_id') ~= ARGV[19] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at', 'version', 'mission_id', 'name',
  'messages', 'created_at')
if not h[1] then
  if redis.call('EXISTS', KEYS[9]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
local t = redis.call('TIME')
local now, seen = t[1] * 1000 + math.floor(t[2] / 1000), tonumber(h[3])
if h[2] == 'active' and now >= seen + ARGV[4] and redis.call('EXISTS', KEYS[3]) == 0 then return {'DUE'} end
if not string.find(ARGV[6], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
if ARGV[5] ~= '' and not string.find(ARGV[5], ' ' .. h[4] .. ' ', 1, true) then return {'VERSION', h[4]} end
local unlinks = ARGV[16] ~= 'keep' and h[5] ~= '' and h[5] ~= ARGV[17]
if unlinks then
  if h[5] ~= ARGV[18] then return {'LINKED', h[5]} end
  if KEYS[12] ~= KEYS[1] and redis.call('HEXISTS', KEYS[12], 'user_id') == 0 then return {'MISSIONMISS', h[5]} end
end
if ARGV[16] == 'link' then
  local m = redis.call('HMGET', KEYS[11], 'user_id', 'session_id')
  if m[1] ~= ARGV[2] then return {'MISSIONMISS', ARGV[17]} end  -- Another's as well: SQLite knows of none.
  if m[2] ~= '' and m[2] ~= ARGV[1] then return {'TAKEN'} end
end
local number, highest = tonumber(ARGV[11]), nil
if number > 0 then
  highest = tonumber(redis.call('GET', KEYS[10]) or ARGV[12])
  if not highest then return {'NUMBER'} end
end
if redis.call('XLEN', KEYS[8]) >= tonumber(ARGV[3]) then return {'FULL'} end
if now < seen then now = seen end

-- As text, once: Redis spells out a number by 17 significant digits each time.
local at, version = string.format('%d', now), string.format('%d', h[4] + 1)
local entry = {'op', ARGV[7], 'sid', ARGV[1], 'user_id', ARGV[2], 'version', version, 'at', at,
  'last_activity_at', at}
local change = {'version', version, 'updated_at', at, 'last_activity_at', at}
local function set(field, value)
  entry[#entry + 1], change[#change + 1] = field, field
  entry[#entry + 1], change[#change + 1] = value, value
end
if h[2] ~= ARGV[8] then set('status', ARGV[8]) end
if ARGV[10] ~= '' then set('name', ARGV[10]) end
if ARGV[14] ~= '' then set('metadata', ARGV[15]) end
if ARGV[16] ~= 'keep' then set('mission_id', ARGV[17]) end
if unlinks then
  entry[#entry + 1] = 'unlinked'
  entry[#entry + 1] = h[5]
end
local id = redis.call('XADD', KEYS[8], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'log_id', id, unpack(change))
if ARGV[16] == 'link' then
  redis.call('HSET', KEYS[11], 'session_id', ARGV[1], 'log_id', id)
  redis.call('PERSIST', KEYS[11])
end
if unlinks and KEYS[12] ~= KEYS[1] and redis.call('HGET', KEYS[12], 'session_id') == ARGV[1] then
  redis.call('HSET', KEYS[12], 'session_id', '', 'log_id', id)
  redis.call('PERSIST', KEYS[12])
end
redis.call('ZADD', KEYS[4], at, ARGV[1])
if h[2] ~= ARGV[8] then
  redis.call('ZREM', KEYS[6], ARGV[1])
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
end
local ends = -2
if ARGV[8] == 'active' then
  ends = string.format('%d', now + ARGV[4])
  redis.call('SET', KEYS[3], '', 'PXAT', ends)
  redis.call('ZADD', KEYS[5], at, ARGV[1])
else
  redis.call('DEL', KEYS[3])
  redis.call('ZREM', KEYS[5], ARGV[1])
  redis.call('ZREM', KEYS[7], ARGV[1])
end
if number > 0 then redis.call('SET', KEYS[10], string.format('%.0f', math.max(number, highest)), 'PX', ARGV[13]) end
redis.call('PUBLISH', ARGV[9], '{"event":"' .. ARGV[7] .. '","version":' .. version
  .. (h[2] ~= ARGV[8] and ',"status":"' .. ARGV[8] .. '"' or '') .. (ARGV[16] ~= 'keep' and ',"mission":true' or '')
  .. ',"log_id":"' .. id .. '"}')
return {'OK', h[1], ARGV[10] ~= '' and ARGV[10] or h[6], ARGV[8], ARGV[16] == 'keep' and h[5] or ARGV[17],
  ARGV[14] ~= '' and '' or redis.call('HGET', KEYS[1], 'metadata'), version, id, h[7], h[8], at, at, ends}
