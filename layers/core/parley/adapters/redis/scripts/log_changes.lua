-- Notes that rooms changed now, and tells the epoch.
-- KEYS: 1 log
-- ARGV: 1 now or '', 2 the epoch to take when there is none, 3… rooms
-- Returns: the epoch

local now = clock(ARGV[1])
for i = 3, #ARGV do
  redis.call('ZADD', KEYS[1], now, ARGV[i])
end
local epoch = epoch_of(KEYS[1], ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - LOG_MS)
redis.call('EXPIRE', KEYS[1], DAY_S)
return epoch
