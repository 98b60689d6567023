#!lua flags=allow-oom
-- The shard takes no writes until it is admitted again.
-- KEYS  1 manifest  2 flush
-- ARGV  1 owner of the lease
-- Reply OK | HELD
local owner = string.match(redis.call('HGET', KEYS[2], 'owner') or '', '^(.*) until %d+$')
if owner ~= ARGV[1] then return {'HELD'} end
redis.call('HDEL', KEYS[1], 'run_id')
return {'OK'}
