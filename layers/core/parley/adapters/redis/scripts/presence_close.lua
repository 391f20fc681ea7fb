-- Removes one connection and leaves a tombstone. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 connection
-- Returns: ms until a flush or -1

local user, connection = ARGV[9], ARGV[10]
local entries = entries_of(user)
local at = find(entries, connection)
if at then
  table.remove(entries, at)
end
-- A repeated $disconnect must not move the time at which the person was last seen.
if not is_gone(connection) then
  note_seen(user, now)
end
bury(connection)
store(user, entries)
notice_crowd()
return ask()
