-- Reads everyone who has a live lease. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: 1 now, 2 entries and 3 profiles by user (JSON)

-- Those who are not shown: their going waits to be announced, or their leases ran out since the last sweep.
for _, absent in ipairs({
  redis.call('ZRANGE', PENDING, 0, -1),
  redis.call('ZRANGEBYSCORE', ONLINE, '-inf', now),
}) do
  contradict(absent, chunked('HMGET', CONNS, absent))
end

local users = redis.call('ZRANGEBYSCORE', ONLINE, '(' .. now, '+inf')
local entries = chunked('HMGET', CONNS, users)
contradict(users, entries)
return {
  now,
  object_of(users, entries),
  object_of(users, chunked('HMGET', PEOPLE, users)),
}
