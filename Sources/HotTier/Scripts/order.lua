#!lua
-- What an operator orders of SQLite, put into the log.
-- KEYS  1 log  2 manifest
-- ARGV  1 most log entries  2 run id of Redis  3 op  4 name of a field  5 its value
-- Reply OK <log id> | FULL | UNRECONCILED
-- Log   op retry: letter; op drop: letter; op forget: user_id; op rewrite: sid or mid
if redis.call('HGET', KEYS[2], 'run_id') ~= ARGV[2] then return {'UNRECONCILED'} end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return {'FULL'} end
local id = redis.call('XADD', KEYS[1], 'NOMKSTREAM', '*', 'op', ARGV[3], ARGV[4], ARGV[5])
if not id then return {'UNRECONCILED'} end
return {'OK', id}
