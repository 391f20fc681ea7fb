-- Reads what is known of users. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… users
-- Returns: 1 now, 2 entries, 3 profiles and 4 when last seen (ms) by user (JSON)

local users = rest_of_argv(9)
local entries = chunked('HMGET', CONNS, users)
contradict(users, entries)
return {
  now,
  object_of(users, entries),
  object_of(users, chunked('HMGET', PEOPLE, users)),
  object_of(users, chunked('HMGET', SEEN, users)),
}
