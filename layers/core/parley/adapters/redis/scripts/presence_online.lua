-- Reads who has a live lease. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: the users

local users = redis.call('ZRANGEBYSCORE', ONLINE, '(' .. now, '+inf')
-- Those who are not shown: their going waits to be announced, or their leases ran out since the last sweep.
for _, absent in ipairs({
  redis.call('ZRANGE', PENDING, 0, -1),
  redis.call('ZRANGEBYSCORE', ONLINE, '-inf', now),
}) do
  for user in pairs(contradict(absent, chunked('HMGET', CONNS, absent))) do
    users[#users + 1] = user
  end
end
return users
