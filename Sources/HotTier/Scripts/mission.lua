#!lua
-- A new mission; where a session is named, linked to it in the same atom (which counts as its use).
-- KEYS  1 mission  2 log  3 idem (the mission again without a key)
--       with a session: 4 session  5 messages  6 alive  7 user  8 activity  9 abandoned  10 gone
-- ARGV  1 mission id  2 user id  3 most log entries  4 idempotency: hash of the body ('': none)  5 its TTL (ms)
--       6 JSON before its times  7 JSON behind them
--       with a session: 8 session id  9 abandon_after (ms)  10 statuses it may have (' active abandoned ')  11 op
--       12 status afterwards  13 channel
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | MISS | ABSENT | DUE | STATUS <status> | FULL | LOGGONE
--       outcome: <mission id> <log id> <created at>
-- Log   op mission: mid user_id at mission; or op: sid user_id version at last_activity_at [status] mission_id mid
--       mission
if ARGV[4] ~= '' then
  local first = redis.call('GET', KEYS[3])
  if first then
    if string.sub(first, 1, #ARGV[4]) ~= ARGV[4] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[4] + 2)}
  end
end
local t = redis.call('TIME')
local now, h = t[1] * 1000 + math.floor(t[2] / 1000), nil
if ARGV[8] then
  h = redis.call('HMGET', KEYS[4], 'user_id', 'status', 'last_activity_at', 'version')
  if not h[1] then
    if redis.call('EXISTS', KEYS[10]) == 1 then return {'ABSENT'} end
    return {'MISS'}
  end
  if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
  local seen = tonumber(h[3])
  if h[2] == 'active' and now >= seen + ARGV[9] and redis.call('EXISTS', KEYS[6]) == 0 then return {'DUE'} end
  if not string.find(ARGV[10], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
  if now < seen then now = seen end
end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
local json = ARGV[6] .. string.format('"created_at":%.0f,"updated_at":%.0f', now, now) .. ARGV[7]
local id
if not h then
  id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', 'op', 'mission', 'mid', ARGV[1], 'user_id', ARGV[2], 'at', now,
    'mission', json)
  if not id then return {'LOGGONE'} end
else
  local version = h[4] + 1
  local entry = {'op', ARGV[11], 'sid', ARGV[8], 'user_id', ARGV[2], 'version', version, 'at', now,
    'last_activity_at', now, 'mission_id', ARGV[1], 'mid', ARGV[1], 'mission', json}
  if h[2] ~= ARGV[12] then
    entry[#entry + 1] = 'status'
    entry[#entry + 1] = ARGV[12]
  end
  id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
  if not id then return {'LOGGONE'} end
  redis.call('HSET', KEYS[4], 'status', ARGV[12], 'version', version, 'log_id', id, 'updated_at', now,
    'last_activity_at', now, 'mission_id', ARGV[1])
  redis.call('SET', KEYS[6], '', 'PXAT', now + ARGV[9])
  redis.call('ZADD', KEYS[7], now, ARGV[8])
  redis.call('ZADD', KEYS[8], now, ARGV[8])
  if h[2] ~= ARGV[12] then
    redis.call('ZREM', KEYS[9], ARGV[8])
    redis.call('PERSIST', KEYS[4])
    redis.call('PERSIST', KEYS[5])
  end
  redis.call('PUBLISH', ARGV[13], string.format('{"event":"%s","version":%.0f}', ARGV[11], version))
end
redis.call('HSET', KEYS[1], 'mission', json)
local outcome = ARGV[1] .. ' ' .. id .. string.format(' %.0f', now)
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4] .. ' ' .. outcome, 'PX', ARGV[5]) end
return {'OK', outcome}
