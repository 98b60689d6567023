#!lua flags=allow-oom
-- After a commit: the log ends at the cursor, and those who wait hear of it. Never goes back. What is removed is
-- counted: where more is missing, somebody else took it.
-- KEYS  1 log  2 flush
-- ARGV  1 cursor  2 cursor: milliseconds  3 cursor: sequence  4 channel  5 the cursor before ('': whichever it was)
-- Reply OK <entries left> <now> | BEHIND | LOST (what was settled before this)
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local before = redis.call('HGET', KEYS[2], 'cursor')
local ms, seq = tonumber(ARGV[2]), tonumber(ARGV[3])
if before then
  local bms, bseq = string.match(before, '^(%d+)-(%d+)$')
  bms, bseq = tonumber(bms), tonumber(bseq)
  if bms > ms or (bms == ms and bseq > seq) then return {'BEHIND'} end
end
if ARGV[5] ~= '' and (before or '0-0') ~= ARGV[5] then return {'LOST'} end
local removed = redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f-%.0f', ms, seq + 1))
if redis.call('HEXISTS', KEYS[2], 'removed') == 1 then redis.call('HINCRBY', KEYS[2], 'removed', removed) end
redis.call('HSET', KEYS[2], 'cursor', ARGV[1], 'committed_at', now, 'lag_ms', math.max(0, now - ms))
redis.call('PUBLISH', ARGV[4], ARGV[1])
return {'OK', redis.call('XLEN', KEYS[1]), now}
