#!lua flags=allow-oom
-- After a commit: one session gives back what only unflushed changes need.
-- KEYS  1 session  2 messages  3 gone  4 user
-- ARGV  1 session id  2 cursor: milliseconds  3 cursor: sequence  4 hot_linger (ms)  5 messages to keep
--       6 messages that SQLite has  7 TTL of a flushed tombstone (ms)
--       8 the version that SQLite has ('': none)
-- Reply OK
local function flushed(id)
  local ms, seq = string.match(id, '^(%d+)-(%d+)')
  ms, seq = tonumber(ms), tonumber(seq)
  local cms, cseq = tonumber(ARGV[2]), tonumber(ARGV[3])
  return ms < cms or (ms == cms and seq <= cseq)
end
local h = redis.call('HMGET', KEYS[1], 'status', 'log_id', 'messages', 'version')
if not h[1] then
  local gone = redis.call('GET', KEYS[3])
  -- Where SQLite has it still, its deletion was set aside.
  if gone and flushed(gone) and ARGV[8] == '' then
    redis.call('PEXPIRE', KEYS[3], ARGV[7])
    redis.call('ZREM', KEYS[4], ARGV[1])
  end
  return {'OK'}
end
-- A change that was set aside is nowhere else.
if ARGV[8] == '' or tonumber(h[4]) > tonumber(ARGV[8]) and flushed(h[2]) then return {'OK'} end
local keep = math.max(tonumber(ARGV[5]), h[3] - ARGV[6])
redis.call('LTRIM', KEYS[2], -keep, -1)
if h[1] ~= 'active' and flushed(h[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
  redis.call('ZREM', KEYS[4], ARGV[1])
end
return {'OK'}
