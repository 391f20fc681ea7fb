-- Sets when a tenant is to be swept next. The earlier time stays, so that steady registrations cannot
-- put a sweep off for ever; only a claim (half a millisecond, see tenants_due) gives way to a later one.
-- KEYS: 1 tenants
-- ARGV: 1 now or '', 2 tenant, 3 in how many ms, or '' to forget it

if ARGV[3] == '' then
  redis.call('ZREM', KEYS[1], ARGV[2])
else
  local look_at = clock(ARGV[1]) + tonumber(ARGV[3])
  local known = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[2]) or 0)
  if known % 1 ~= 0 or known == 0 or look_at < known then
    redis.call('ZADD', KEYS[1], look_at, ARGV[2])
  end
end
redis.call('EXPIRE', KEYS[1], DAY_S)
return 1
