-- Lists the tenants that have connections.
-- KEYS: 1 tenants
-- ARGV: none

return redis.call('ZRANGE', KEYS[1], 0, -1)
