#!lua flags=allow-oom
-- Takes or keeps the lease of the shard's flusher, or gives it back (TTL 0).
-- KEYS  1 flush
-- ARGV  1 owner  2 TTL (ms)
-- Reply OK | HELD
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local owner, ends = string.match(redis.call('HGET', KEYS[1], 'owner') or '', '^(.*) until (%d+)$')
if owner and owner ~= ARGV[1] and tonumber(ends) > now then return {'HELD'} end
if ARGV[2] == '0' then
  if owner == ARGV[1] then redis.call('HDEL', KEYS[1], 'owner') end
else
  redis.call('HSET', KEYS[1], 'owner', ARGV[1] .. string.format(' until %.0f', now + ARGV[2]))
end
return {'OK'}
