#!lua flags=allow-oom
-- While tiers are reconciled: the highest numbers of users' names are forgotten. SQLite knows them.
-- KEYS  1 manifest  2… numbers
-- ARGV  1 mark of who reconciles
-- Reply OK | UNRECONCILED
if redis.call('HGET', KEYS[1], 'reconciling') ~= ARGV[1] then return {'UNRECONCILED'} end
for i = 2, #KEYS do redis.call('UNLINK', KEYS[i]) end
return {'OK'}
