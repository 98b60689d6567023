#!lua flags=allow-oom
-- The hot tier is not of the line that SQLite goes on from: it is to be reconciled before it takes a write.
-- KEYS  1 manifest
-- ARGV  1 the line that the manifest names
-- Reply OK
if redis.call('HGET', KEYS[1], 'line') == ARGV[1] then redis.call('HDEL', KEYS[1], 'run_id') end
return {'OK'}
