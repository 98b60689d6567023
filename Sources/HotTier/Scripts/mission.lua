#!lua
-- A new mission; where a session is named, linked to it in the same atom (which counts as its use).
-- KEYS  1 mission  2 log  3 idem (the mission again without a key)  4 missions
--       with a session: 5 session  6 messages  7 alive  8 user  9 activity  10 abandoned  11 gone
--       12 the mission that was the session's until now (the session again without one); the last: manifest
-- ARGV  1 mission id  2 user id  3 most log entries  4 idempotency: hash of the body ('': none)  5 its TTL (ms)
--       6 at (ms)  7 details  8 bytes of a content that stays hot  9 session id ('': none)  10 abandon_after (ms)
--       11 statuses it may have (' active abandoned ')  12 op  13 status afterwards  14 channel
--       15 id of the mission that was the session's ('': none is known)  16 run id of Redis
--       17 hash of the idempotency key  18 '1' if SQLite doesn't know the key  19… parts: name, document
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | KEYUNKNOWN | MISS | ABSENT | DUE | STATUS <status>
--       | LINKED <mission id> | MISSIONMISS <mission id> | FULL | UNRECONCILED
--       outcome: <mission id> <log id> <at> <version> <details>
-- Log   op mission: mid user_id mission_version at parts… [idem]; or op: sid user_id version at last_activity_at
--       [status] mission_id [unlinked] mid mission_version parts… [idem]
local m = redis.call('HMGET', KEYS[#KEYS], 'run_id', 'keys_lost_until')
if m[1] ~= ARGV[16] then return {'UNRECONCILED'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[4] ~= '' then
  local first = redis.call('GET', KEYS[3])
  if first then
    if string.sub(first, 1, #ARGV[4]) ~= ARGV[4] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[4] + 2)}
  end
  if ARGV[18] == '' and m[2] and now < tonumber(m[2]) then return {'KEYUNKNOWN'} end
end
local entry, h, version
if ARGV[9] == '' then
  entry = {'op', 'mission', 'user_id', ARGV[2], 'at', ARGV[6]}
else
  h = redis.call('HMGET', KEYS[5], 'user_id', 'status', 'last_activity_at', 'version', 'mission_id')
  if not h[1] then
    if redis.call('EXISTS', KEYS[11]) == 1 then return {'ABSENT'} end
    return {'MISS'}
  end
  if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
  local seen = tonumber(h[3])
  if h[2] == 'active' and now >= seen + ARGV[10] and redis.call('EXISTS', KEYS[7]) == 0 then return {'DUE'} end
  if not string.find(ARGV[11], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
  if h[5] ~= '' then
    if h[5] ~= ARGV[15] then return {'LINKED', h[5]} end
    if KEYS[12] ~= KEYS[5] and redis.call('HEXISTS', KEYS[12], 'user_id') == 0 then return {'MISSIONMISS', h[5]} end
  end
  if now < seen then now = seen end
  version = h[4] + 1
  entry = {'op', ARGV[12], 'sid', ARGV[9], 'user_id', ARGV[2], 'version', version, 'at', now,
    'last_activity_at', now, 'mission_id', ARGV[1]}
  if h[2] ~= ARGV[13] then
    entry[#entry + 1] = 'status'
    entry[#entry + 1] = ARGV[13]
  end
  if h[5] ~= '' then
    entry[#entry + 1] = 'unlinked'
    entry[#entry + 1] = h[5]
  end
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
for _, value in ipairs({'mid', ARGV[1], 'mission_version', 1}) do entry[#entry + 1] = value end
for i = 19, #ARGV do entry[#entry + 1] = ARGV[i] end
local outcome = {ARGV[1] .. ' ', ' ' .. ARGV[6] .. ' 1 ' .. ARGV[7]}
if ARGV[4] ~= '' then
  entry[#entry + 1] = 'idem'
  entry[#entry + 1] = ARGV[17] .. ' ' .. ARGV[4] .. ' ' .. outcome[1] .. '*' .. outcome[2]
end
local id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'user_id', ARGV[2], 'version', 1, 'log_id', id, 'session_id', ARGV[9])
for i = 19, #ARGV, 2 do
  local document = ARGV[i + 1]
  if string.sub(ARGV[i], 1, 8) == 'content:' and #document > tonumber(ARGV[8]) then document = '@' .. id end
  redis.call('HSET', KEYS[1], ARGV[i], document)
end
redis.call('ZADD', KEYS[4], ARGV[6], ARGV[1])
if h then
  redis.call('HSET', KEYS[5], 'status', ARGV[13], 'version', version, 'log_id', id, 'updated_at', now,
    'last_activity_at', now, 'mission_id', ARGV[1])
  redis.call('SET', KEYS[7], '', 'PXAT', now + ARGV[10])
  redis.call('ZADD', KEYS[8], now, ARGV[9])
  redis.call('ZADD', KEYS[9], now, ARGV[9])
  if h[2] ~= ARGV[13] then
    redis.call('ZREM', KEYS[10], ARGV[9])
    redis.call('PERSIST', KEYS[5])
    redis.call('PERSIST', KEYS[6])
  end
  if h[5] ~= '' and KEYS[12] ~= KEYS[5] and redis.call('HGET', KEYS[12], 'session_id') == ARGV[9] then
    redis.call('HSET', KEYS[12], 'session_id', '', 'log_id', id)
    redis.call('PERSIST', KEYS[12])
  end
  redis.call('PUBLISH', ARGV[14], string.format('{"event":"%s","version":%.0f,"mission_version":1%s,"log_id":"%s"}',
    ARGV[12], version, h[2] ~= ARGV[13] and ',"status":"' .. ARGV[13] .. '"' or '', id))
end
outcome = outcome[1] .. id .. outcome[2]
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4] .. ' ' .. outcome, 'PX', ARGV[5]) end
return {'OK', outcome}
