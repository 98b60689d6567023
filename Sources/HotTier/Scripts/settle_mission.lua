#!lua flags=allow-oom
-- After a commit: one mission gives back what only unflushed changes need, and stays as long as its session does.
-- KEYS  1 mission  2 gone  3 missions  4 session (the mission again without one)
-- ARGV  1 mission id  2 cursor: milliseconds  3 cursor: sequence  4 hot_linger (ms)  5 session id ('': none)
--       6 TTL of a flushed tombstone (ms)  7 the version that SQLite has ('': none)
-- Reply OK
local function flushed(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)')
  ms, seq = tonumber(ms), tonumber(seq)
  local cms, cseq = tonumber(ARGV[2]), tonumber(ARGV[3])
  return ms < cms or (ms == cms and seq <= cseq)
end
local h = redis.call('HMGET', KEYS[1], 'log_id', 'session_id', 'version')
if not h[1] then
  local gone = redis.call('GET', KEYS[2])
  -- Where SQLite has it still, its deletion was set aside.
  local settled = gone and flushed(gone) and ARGV[7] == ''
  if settled then redis.call('PEXPIRE', KEYS[2], ARGV[6]) end
  if settled or not gone then redis.call('ZREM', KEYS[3], ARGV[1]) end
  return {'OK'}
end
if not flushed(h[1]) then return {'OK'} end
-- A change that was set aside is nowhere else.
if ARGV[7] == '' or tonumber(h[3]) > tonumber(ARGV[7]) then return {'OK'} end
redis.call('ZREM', KEYS[3], ARGV[1])
-- Linked otherwise than it was looked at: it was filled from SQLite meanwhile, and leaves after the linger.
if ARGV[5] ~= '' and h[2] == ARGV[5] and redis.call('PTTL', KEYS[4]) == -1 then
  redis.call('PERSIST', KEYS[1])
else
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return {'OK'}
