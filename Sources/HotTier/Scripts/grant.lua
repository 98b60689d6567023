#!lua flags=allow-oom
-- While tiers are reconciled: sessions that are due get so much time to be heard of.
-- KEYS  1 manifest  2… alive
-- ARGV  1 mark of who reconciles  2 time (ms)
-- Reply OK | UNRECONCILED
if redis.call('HGET', KEYS[1], 'reconciling') ~= ARGV[1] then return {'UNRECONCILED'} end
for i = 2, #KEYS do redis.call('SET', KEYS[i], '', 'PX', ARGV[2]) end
return {'OK'}
