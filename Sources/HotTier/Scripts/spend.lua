#!lua
-- What a write costs its user, against the user's quotas. What an idempotency key stands for already costs nothing;
-- less than nothing is given back, as far as there is something to give it back to.
-- KEYS  1 usage  2 writes  3 idem (usage again without a key)  4 manifest
-- ARGV  1 most sessions  2 most bytes  3 most writes in a window (each '0': any)  4 sessions  5 bytes that it adds
--       6 sessions  7 bytes that the user has ('': not measured)  8 the window, and how long a measurement holds (ms)
--       9 run id of Redis
-- Reply OK | USAGE | QUOTA <sessions|bytes|writes> <ms until it is worth another try> | UNRECONCILED
if redis.call('HGET', KEYS[4], 'run_id') ~= ARGV[9] then return {'UNRECONCILED'} end
if KEYS[3] ~= KEYS[1] and redis.call('EXISTS', KEYS[3]) == 1 then return {'OK'} end
local sessions, bytes = tonumber(ARGV[4]), tonumber(ARGV[5])
if sessions < 0 or bytes < 0 then
  if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HINCRBY', KEYS[1], 'sessions', sessions)
    redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
  end
  return {'OK'}
end
local writes = tonumber(redis.call('GET', KEYS[2]) or 0)
if ARGV[3] ~= '0' and writes >= tonumber(ARGV[3]) then return {'QUOTA', 'writes', redis.call('PTTL', KEYS[2])} end
if ARGV[1] ~= '0' and sessions > 0 or ARGV[2] ~= '0' and bytes > 0 then
  local h = redis.call('HMGET', KEYS[1], 'sessions', 'bytes')
  local isNew = not h[1]
  if isNew then
    if ARGV[6] == '' then return {'USAGE'} end
    h = {ARGV[6], ARGV[7]}
  end
  local over
  if ARGV[1] ~= '0' and sessions > 0 and h[1] + sessions > tonumber(ARGV[1]) then over = 'sessions' end
  if ARGV[2] ~= '0' and bytes > 0 and h[2] + bytes > tonumber(ARGV[2]) then over = 'bytes' end
  if isNew then
    redis.call('HSET', KEYS[1], 'sessions', h[1], 'bytes', h[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[8])
  end
  if over then return {'QUOTA', over, redis.call('PTTL', KEYS[1])} end
  redis.call('HINCRBY', KEYS[1], 'sessions', sessions)
  redis.call('HINCRBY', KEYS[1], 'bytes', bytes)
end
if ARGV[3] ~= '0' and redis.call('INCR', KEYS[2]) == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[8]) end
return {'OK'}
