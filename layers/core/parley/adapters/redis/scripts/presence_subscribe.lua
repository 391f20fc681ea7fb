-- Replaces the set of people that a connection hears of. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 connection, 11 the people (JSON)
-- Returns: whether the connection was known

local user, connection, people = ARGV[9], ARGV[10], ARGV[11]
local entries = entries_of(user)
local at = find(entries, connection)
if not at or entries[at].u <= now then
  return 0
end
unsubscribe(connection)
local members = {}
for _, member in ipairs(hearing(connection, people)) do
  members[#members + 1] = 0
  members[#members + 1] = member
end
chunked('ZADD', SUBSCRIPTIONS, members)
redis.call('EXPIRE', SUBSCRIPTIONS, KEEP_S)
entries[at].n = 1
put(CONNS, user, cjson.encode(entries))
return 1
