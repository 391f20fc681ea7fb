-- Reads everyone who has a live lease. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: 1 now, 2 users, 3 their entries (or false), 4 their profiles (or false)

local users = redis.call('ZRANGEBYSCORE', ONLINE, '(' .. now, '+inf')
return {now, users, chunked('HMGET', CONNS, users), chunked('HMGET', PEOPLE, users)}
