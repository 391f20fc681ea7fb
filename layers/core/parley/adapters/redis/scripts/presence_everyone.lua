-- Reads all connections of a tenant. KEYS, ARGV 1-8: lib_presence.lua
-- Returns: 1 now, 2 user and entries in turn

return {now, redis.call('HGETALL', CONNS)}
