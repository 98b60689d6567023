#!lua
-- The hot tier agrees with SQLite: the log is made, empty, with its next id beyond the cursor. Where there is a log it
-- stays as it is, and only the manifest is written.
-- KEYS  1 log  2 manifest  3 flush
-- ARGV  1 cursor: milliseconds  2 cursor: sequence  3 schema  4 shards  5 dataset id  6 run id of Redis
-- Reply OK | PRESENT
local made = 'PRESENT'
if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XADD', KEYS[1], string.format('%.0f-%.0f', ARGV[1], ARGV[2] + 1), 'op', 'begin')
  redis.call('XTRIM', KEYS[1], 'MAXLEN', 0)
  redis.call('HDEL', KEYS[3], 'cursor')
  made = 'OK'
end
redis.call('HSET', KEYS[2], 'schema', ARGV[3], 'shards', ARGV[4], 'dataset', ARGV[5], 'run_id', ARGV[6])
return {made}
