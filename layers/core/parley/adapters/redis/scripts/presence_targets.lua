-- Reads the connections of users. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… users
-- Returns: 1 now, 2 entries by user (JSON)

local users = rest_of_argv(9)
return {now, object_of(users, chunked('HMGET', CONNS, users))}
