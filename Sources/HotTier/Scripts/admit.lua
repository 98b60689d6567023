#!lua flags=allow-oom
-- The hot tier agrees with SQLite: from now on the shard takes writes. The log is made where it is gone, and its next
-- id is beyond what SQLite has.
-- KEYS  1 log  2 manifest  3 flush
-- ARGV  1 next id beyond: milliseconds  2 the same: sequence  3 cursor  4 schema  5 shards  6 dataset id
--       7 run id of Redis  8 mark of the last activity  9 '1' if idempotency keys were lost, else ''  10 their TTL (ms)
--       11 owner of the lease  12 mark of who closed it  13 bytes of the line that are kept
--       14… what its line is to have, the last one last
-- Reply OK | HELD
local owner = string.match(redis.call('HGET', KEYS[3], 'owner') or '', '^(.*) until %d+$')
if owner ~= ARGV[11] or redis.call('HGET', KEYS[2], 'reconciling') ~= ARGV[12] then return {'HELD'} end
redis.call('HDEL', KEYS[2], 'reconciling')
local function stream()
  local info, fields = redis.call('XINFO', 'STREAM', KEYS[1]), {}
  for i = 1, #info, 2 do fields[info[i]] = info[i + 1] end
  return fields
end
local ms, seq = tonumber(ARGV[1]), tonumber(ARGV[2])
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XADD', KEYS[1], string.format('%.0f-%.0f', ms, seq + 1), 'op', 'begin')
  redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
else
  local lms, lseq = string.match(stream()['last-generated-id'], '^(%d+)-(%d+)$')
  lms, lseq = tonumber(lms), tonumber(lseq)
  if lms < ms or (lms == ms and lseq < seq) then
    redis.call('XSETID', KEYS[1], string.format('%.0f-%.0f', ms, seq))
  end
end
redis.call('HSET', KEYS[3], 'cursor', ARGV[3], 'removed', stream()['entries-added'] - redis.call('XLEN', KEYS[1]),
  'activity', ARGV[8])
local line = redis.call('HGET', KEYS[2], 'line') or ''
for i = 14, #ARGV do
  if not string.find(line .. ' ', ' ' .. ARGV[i] .. ' ', 1, true) then line = line .. ' ' .. ARGV[i] end
end
redis.call('HSET', KEYS[2], 'line', string.sub(line, -tonumber(ARGV[13])))
redis.call('HSET', KEYS[2], 'schema', ARGV[4], 'shards', ARGV[5], 'dataset', ARGV[6], 'run_id', ARGV[7])
if ARGV[9] ~= '' then
  local t = redis.call('TIME')
  redis.call('HSET', KEYS[2], 'keys_lost_until', string.format('%.0f', t[1] * 1000 + ARGV[10]))
end
return {'OK'}
