-- Reads the connections of users. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… users
-- Returns: 1 now, 2 their entries (each or false)

return {now, chunked('HMGET', CONNS, rest_of_argv(9))}
