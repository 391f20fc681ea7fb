-- Reads everyone who has a live lease. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: 1 now, 2 entries and 3 profiles by user (JSON)

local users = redis.call('ZRANGEBYSCORE', ONLINE, '(' .. now, '+inf')
return {
  now,
  object_of(users, chunked('HMGET', CONNS, users)),
  object_of(users, chunked('HMGET', PEOPLE, users)),
}
