-- Sets when a tenant is to be swept next. The earlier time stays, so that steady registrations cannot
-- put a sweep off for ever; only a claim (half a millisecond, see tenants_due) gives way to a later one.
-- KEYS: 1 tenants
-- ARGV: 1 tenant, 2 when (ms), or '' to forget it

if ARGV[2] == '' then
  redis.call('ZREM', KEYS[1], ARGV[1])
else
  local known = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
  if known % 1 ~= 0 or known == 0 or tonumber(ARGV[2]) < known then
    redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
  end
end
redis.call('EXPIRE', KEYS[1], DAY_S)
return 1
