#!lua
-- Parts of a mission with their metadata under another key, if nothing was changed since they were opened. Its version
-- stays.
-- KEYS  1 mission  2 log  3 missions  4 manifest
-- ARGV  1 mission id  2 user id  3 most log entries  4 run id of Redis  5 version  6 log id of its last change
--       7 at (ms)  8… parts: name, document
-- Reply OK <log id> | MISS | MOVED | FULL | UNRECONCILED
-- Log   op reseal: mid user_id mission_version at parts…
if redis.call('HGET', KEYS[4], 'run_id') ~= ARGV[4] then return {'UNRECONCILED'} end
local h = redis.call('HMGET', KEYS[1], 'user_id', 'version', 'log_id')
if h[1] ~= ARGV[2] then return {'MISS'} end
if h[2] ~= ARGV[5] or h[3] ~= ARGV[6] then return {'MOVED'} end
if redis.call('XLEN', KEYS[2]) >= tonumber(ARGV[3]) then return {'FULL'} end
local entry = {'op', 'reseal', 'mid', ARGV[1], 'user_id', ARGV[2], 'mission_version', h[2], 'at', ARGV[7]}
for i = 8, #ARGV do entry[#entry + 1] = ARGV[i] end
local id = redis.call('XADD', KEYS[2], 'NOMKSTREAM', '*', unpack(entry))
if not id then return {'UNRECONCILED'} end
redis.call('HSET', KEYS[1], 'log_id', id)
for i = 8, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PERSIST', KEYS[1])
redis.call('ZADD', KEYS[3], ARGV[7], ARGV[1])
return {'OK', id}
