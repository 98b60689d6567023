#!lua
-- A change of a mission that was worked out upon one version of it: written if that is still its version.
-- KEYS  1 mission  2 log  3 idem (the mission again without a key)  4 missions  5 gone  6 manifest
-- ARGV  1 mission id  2 user id  3 most log entries  4 idempotency: hash of the body ('': none)  5 its TTL (ms)
--       6 at (ms)  7 details  8 bytes of a content that stays hot  9 version it was worked out upon
--       10 its session's channel ('': no session)  11 run id of Redis  12 hash of the idempotency key
--       13 '1' if SQLite doesn't know the key  14… parts: name, document ('': the part goes)
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | KEYUNKNOWN | MISS | ABSENT | VERSION <version> | FULL
--       | UNRECONCILED
--       outcome: <mission id> <log id> <at> <version> <details>
-- Log   op amend: mid user_id mission_version at parts… [idem]
local m = redis.call('HMGET', KEYS[6], 'run_id', 'keys_lost_until')
if m[1] ~= ARGV[11] then return {'UNRECONCILED'} end
if ARGV[4] ~= '' then
  local first = redis.call('GET', KEYS[3])
  if first then
    if string.sub(first, 1, #ARGV[4]) ~= ARGV[4] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[4] + 2)}
  end
  local t = redis.call('TIME')
  if ARGV[13] == '' and m[2] and t[1] * 1000 < tonumber(m[2]) then return {'KEYUNKNOWN'} end
end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'version', 'session_id')
if not h[1] then
  if redis.call('EXISTS', KEYS[5]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
if h[2] ~= ARGV[9] then return {'VERSION', h[2]} end
-- Linked elsewhere since it was looked at: the followers there are to hear of this. Looked at again, too.
local session = h[3] or ''
if string.sub(ARGV[10], -#session) ~= session then return {'VERSION', h[2]} end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
local version = string.format('%.0f', h[2] + 1)
local entry = {'op', 'amend', 'mid', ARGV[1], 'user_id', ARGV[2], 'mission_version', version, 'at', ARGV[6]}
for i = 14, #ARGV do entry[#entry + 1] = ARGV[i] end
local outcome = {ARGV[1] .. ' ', ' ' .. ARGV[6] .. ' ' .. version .. ' ' .. ARGV[7]}
if ARGV[4] ~= '' then
  entry[#entry + 1] = 'idem'
  entry[#entry + 1] = ARGV[12] .. ' ' .. ARGV[4] .. ' ' .. outcome[1] .. '*' .. outcome[2]
end
local id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'version', version, 'log_id', id)
for i = 14, #ARGV, 2 do
  local document = ARGV[i + 1]
  if document == '' then
    redis.call('HDEL', KEYS[1], ARGV[i])
  else
    if string.sub(ARGV[i], 1, 8) == 'content:' and #document > tonumber(ARGV[8]) then document = '@' .. id end
    redis.call('HSET', KEYS[1], ARGV[i], document)
  end
end
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[4], ARGV[6], ARGV[1])
outcome = outcome[1] .. id .. outcome[2]
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4] .. ' ' .. outcome, 'PX', ARGV[5]) end
if ARGV[10] ~= '' then
  redis.call('PUBLISH', ARGV[10], '{"event":"mission","mission_version":' .. version .. ',"log_id":"' .. id .. '"}')
end
return {'OK', outcome}
