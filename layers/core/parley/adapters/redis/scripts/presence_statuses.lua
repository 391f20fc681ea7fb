-- Reads what is known of users. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… users
-- Returns: 1 now, 2 their entries, 3 their profiles, 4 when they were last seen (each or false)

local users = rest_of_argv(9)
return {
  now, chunked('HMGET', CONNS, users), chunked('HMGET', PEOPLE, users), chunked('HMGET', SEEN, users),
}
