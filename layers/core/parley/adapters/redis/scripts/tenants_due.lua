-- Claims the tenants that are to be swept: a sweeper that dies loses nothing, as they become due again.
-- KEYS: 1 tenants
-- ARGV: 1 now or '', 2 how many at most, 3 milliseconds that a claim lasts
-- Returns: their ids, the longest due first

local now = clock(ARGV[1])
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
for _, tenant in ipairs(due) do
  redis.call('ZADD', KEYS[1], string.format('%.1f', now + ARGV[3] + 0.5), tenant)
end
redis.call('EXPIRE', KEYS[1], DAY_S)
return due
