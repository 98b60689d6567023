#!lua
-- A new session.
-- KEYS  1 session  2 alive  3 user  4 activity  5 log  6 idem (the session again without a key)  7 numbers
--       8 manifest
-- ARGV  1 session id  2 user id  3 name ('': Session N)  4 N of a name given as Session N, else 0
--       5 highest N that SQLite knows ('': not asked)  6 sealed metadata  7 abandon_after (ms)  8 most log entries
--       9 idempotency: hash of the body ('': no key)  10 its TTL (ms)  11 TTL of numbers (ms)  12 status  13 channel
--       14 run id of Redis  15 hash of the idempotency key  16 '1' if SQLite doesn't know the key
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | KEYUNKNOWN | NUMBER | FULL | UNRECONCILED
--       outcome: <session id> <log id> <created at> <abandons at> <name>
-- Log   op create: sid user_id version at last_activity_at name status metadata [idem]
local m = redis.call('HMGET', KEYS[8], 'run_id', 'keys_lost_until')
if m[1] ~= ARGV[14] then return {'UNRECONCILED'} end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
if ARGV[9] ~= '' then
  local first = redis.call('GET', KEYS[6])
  if first then
    if string.sub(first, 1, #ARGV[9]) ~= ARGV[9] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[9] + 2)}
  end
  if ARGV[16] == '' and m[2] and now < tonumber(m[2]) then return {'KEYUNKNOWN'} end
end
local name, number = ARGV[3], tonumber(ARGV[4])
local highest = tonumber(redis.call('GET', KEYS[7]) or ARGV[5])
if name == '' or number > 0 then
  if not highest then return {'NUMBER'} end
  highest = math.max(highest, tonumber(ARGV[5]) or 0)
  if name == '' then
    number = highest + 1
    name = string.format('Session %.0f', number)
  end
end
if redis.call('XLEN', KEYS[5]) >= tonumber(ARGV[8]) then return {'FULL'} end
local ends = now + ARGV[7]
local entry = {'op', 'create', 'sid', ARGV[1], 'user_id', ARGV[2], 'version', 1, 'at', now, 'last_activity_at', now,
  'name', name, 'status', ARGV[12], 'metadata', ARGV[6]}
local outcome = {ARGV[1] .. ' ', string.format(' %.0f %.0f ', now, ends) .. name}
if ARGV[9] ~= '' then
  entry[#entry + 1] = 'idem'
  entry[#entry + 1] = ARGV[15] .. ' ' .. ARGV[9] .. ' ' .. outcome[1] .. '*' .. outcome[2]
end
local id = redis.call('XADD', KEYS[5], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'user_id', ARGV[2], 'name', name, 'status', ARGV[12], 'mission_id', '',
  'metadata', ARGV[6], 'version', 1, 'log_id', id, 'messages', 0, 'created_at', now, 'updated_at', now,
  'last_activity_at', now)
redis.call('SET', KEYS[2], '', 'PXAT', ends)
redis.call('ZADD', KEYS[3], now, ARGV[1])
redis.call('ZADD', KEYS[4], now, ARGV[1])
if number > 0 then redis.call('SET', KEYS[7], string.format('%.0f', math.max(number, highest)), 'PX', ARGV[11]) end
outcome = outcome[1] .. id .. outcome[2]
if ARGV[9] ~= '' then redis.call('SET', KEYS[6], ARGV[9] .. ' ' .. outcome, 'PX', ARGV[10]) end
redis.call('PUBLISH', ARGV[13], '{"event":"create","version":1}')
return {'OK', outcome}
