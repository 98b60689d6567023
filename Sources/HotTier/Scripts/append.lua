#!lua
-- Messages behind a chat's last one, all or none. Brings an abandoned session back.
-- KEYS  1 session  2 messages  3 alive  4 user  5 activity  6 abandoned  7 log  8 gone
--       9 idem (the session again without a key)  10 manifest
-- ARGV  1 session id  2 user id  3 most log entries  4 abandon_after (ms)  5 versions (' 7 9 '; '': any)
--       6 statuses it may have (' active abandoned ')  7 status afterwards  8 idempotency: hash of the body ('': none)
--       9 its TTL (ms)  10 the messages' ids  11 channel  12 run id of Redis  13 hash of the idempotency key
--       14 '1' if SQLite doesn't know the key  15 most messages ('0': any)  16 a day, since 1970
--       17 the same as YYYY-MM-DD  18… each message: JSON before its sequence number, JSON behind its times
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | KEYUNKNOWN | MISS | ABSENT | DUE | STATUS <status>
--       | VERSION <version> | CHATFULL | FULL | UNRECONCILED
--       outcome: <log id> <version> <first sequence number> <created at> <ids…>
-- Log   op append: sid user_id version at last_activity_at [status] first m… [idem]
local m = redis.call('HMGET', KEYS[10], 'run_id', 'keys_lost_until')
if m[1] ~= ARGV[12] then return {'UNRECONCILED'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[8] ~= '' then
  local first = redis.call('GET', KEYS[9])
  if first then
    if string.sub(first, 1, #ARGV[8]) ~= ARGV[8] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[8] + 2)}
  end
  if ARGV[14] == '' and m[2] and now < tonumber(m[2]) then return {'KEYUNKNOWN'} end
end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'status', 'last_activity_at', 'version', 'messages')
if not h[1] then
  if redis.call('EXISTS', KEYS[8]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
local seen = tonumber(h[3])
if h[2] == 'active' and now >= seen + ARGV[4] and redis.call('EXISTS', KEYS[3]) == 0 then return {'DUE'} end
if not string.find(ARGV[6], ' ' .. h[2] .. ' ', 1, true) then return {'STATUS', h[2]} end
if ARGV[5] ~= '' and not string.find(ARGV[5], ' ' .. h[4] .. ' ', 1, true) then return {'VERSION', h[4]} end
if ARGV[15] ~= '0' and h[5] + (#ARGV - 17) / 2 > tonumber(ARGV[15]) then return {'CHATFULL'} end
if redis.call('XLEN', KEYS[7]) >= tonumber(ARGV[3]) then return {'FULL'} end
if now < seen then now = seen end

-- RFC 3339. Most often it is the day that it is where this was called; else by the era method (days counted from
-- 0000-03-01).
local floor, format = math.floor, string.format
local days = floor(now / 86400000)
local date = ARGV[17]
if days ~= tonumber(ARGV[16]) then
  local era = floor((days + 719468) / 146097)
  local d = days + 719468 - era * 146097
  local y = floor((d - floor(d / 1460) + floor(d / 36524) - floor(d / 146096)) / 365)
  d = d - (365 * y + floor(y / 4) - floor(y / 100))
  local month = floor((5 * d + 2) / 153)
  d = d - floor((153 * month + 2) / 5) + 1
  month = month < 10 and month + 3 or month - 9
  date = format('%04d-%02d-%02d', y + era * 400 + (month <= 2 and 1 or 0), month, d)
end
local ms = now - days * 86400000
local time = format('%sT%02d:%02d:%02d.%03dZ', date, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000)
local middle = ',"created_at":"' .. time .. '","updated_at":"' .. time .. '",'

-- As text, once: Redis spells out a number by 17 significant digits each time.
local at, version, last = format('%d', now), format('%d', h[4] + 1), tonumber(h[5])
local first = format('%d', last + 1)
local entry = {'op', 'append', 'sid', ARGV[1], 'user_id', ARGV[2], 'version', version, 'at', at,
  'last_activity_at', at, 'first', first}
local returns = h[2] ~= ARGV[7]
if returns then
  entry[#entry + 1] = 'status'
  entry[#entry + 1] = ARGV[7]
end
local messages = {}
for i = 18, #ARGV, 2 do
  last = last + 1
  local json = ARGV[i] .. format('%d', last) .. middle .. ARGV[i + 1]
  messages[#messages + 1] = json
  entry[#entry + 1] = 'm'
  entry[#entry + 1] = json
end
local outcome = ' ' .. version .. ' ' .. first .. ' ' .. at .. ' ' .. ARGV[10]
last = format('%d', last)
if ARGV[8] ~= '' then
  entry[#entry + 1] = 'idem'
  entry[#entry + 1] = ARGV[13] .. ' ' .. ARGV[8] .. ' *' .. outcome
end
local id = redis.call('XADD', KEYS[7], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('RPUSH', KEYS[2], unpack(messages))
redis.call('HSET', KEYS[1], 'version', version, 'log_id', id, 'messages', last, 'updated_at', at,
  'last_activity_at', at)
redis.call('SET', KEYS[3], '', 'PXAT', format('%d', now + ARGV[4]))
redis.call('ZADD', KEYS[4], at, ARGV[1])
redis.call('ZADD', KEYS[5], at, ARGV[1])
if returns then
  redis.call('HSET', KEYS[1], 'status', ARGV[7])
  redis.call('ZREM', KEYS[6], ARGV[1])
  redis.call('PERSIST', KEYS[1])
  redis.call('PERSIST', KEYS[2])
end
outcome = id .. outcome
if ARGV[8] ~= '' then redis.call('SET', KEYS[9], ARGV[8] .. ' ' .. outcome, 'PX', ARGV[9]) end
redis.call('PUBLISH', ARGV[11], '{"event":"append","version":' .. version .. ',"messages":' .. last
  .. (returns and ',"status":"' .. ARGV[7] .. '"' or '') .. ',"log_id":"' .. id .. '"}')
return {'OK', outcome}
