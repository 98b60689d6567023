#!lua flags=allow-oom
-- The shard takes no writes until it is admitted again, by who closed it: what comes between is told by the mark.
-- KEYS  1 manifest  2 flush
-- ARGV  1 owner of the lease  2 mark
-- Reply OK | HELD
local owner = string.match(redis.call('HGET', KEYS[2], 'owner') or '', '^(.*) until %d+$')
if owner ~= ARGV[1] then return {'HELD'} end
redis.call('HDEL', KEYS[1], 'run_id')
redis.call('HSET', KEYS[1], 'reconciling', ARGV[2])
return {'OK'}
