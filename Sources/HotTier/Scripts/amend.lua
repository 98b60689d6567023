#!lua
-- A change of a mission that was worked out upon one version of it: written if that is still its version.
-- KEYS  1 mission  2 log  3 idem (the mission again without a key)  4 missions  5 gone
-- ARGV  1 mission id  2 user id  3 most log entries  4 idempotency: hash of the body ('': none)  5 its TTL (ms)
--       6 at (ms)  7 details  8 bytes of a content that stays hot  9 version it was worked out upon
--       10 its session's channel ('': no session)  11… parts: name, document ('': the part goes)
-- Reply OK <outcome> | REPLAYED <outcome> | REUSED | MISS | ABSENT | VERSION <version> | FULL | LOGGONE
--       outcome: <mission id> <log id> <at> <version> <details>
-- Log   op amend: mid user_id mission_version at parts…
if ARGV[4] ~= '' then
  local first = redis.call('GET', KEYS[3])
  if first then
    if string.sub(first, 1, #ARGV[4]) ~= ARGV[4] then return {'REUSED'} end
    return {'REPLAYED', string.sub(first, #ARGV[4] + 2)}
  end
end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'version')
if not h[1] then
  if redis.call('EXISTS', KEYS[5]) == 1 then return {'ABSENT'} end
  return {'MISS'}
end
if h[1] ~= ARGV[2] then return {'MISS'} end  -- Another's: SQLite will say that there is none.
if h[2] ~= ARGV[9] then return {'VERSION', h[2]} end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
local version = string.format('%.0f', h[2] + 1)
local entry = {'op', 'amend', 'mid', ARGV[1], 'user_id', ARGV[2], 'mission_version', version, 'at', ARGV[6]}
for i = 11, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'LOGGONE'} end
redis.call('HSET', KEYS[1], 'version', version, 'log_id', id)
for i = 11, #ARGV, 2 do
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
local outcome = ARGV[1] .. ' ' .. id .. ' ' .. ARGV[6] .. ' ' .. version .. ' ' .. ARGV[7]
if ARGV[4] ~= '' then redis.call('SET', KEYS[3], ARGV[4] .. ' ' .. outcome, 'PX', ARGV[5]) end
if ARGV[10] ~= '' then redis.call('PUBLISH', ARGV[10], '{"event":"mission","mission_version":' .. version .. '}') end
return {'OK', outcome}
