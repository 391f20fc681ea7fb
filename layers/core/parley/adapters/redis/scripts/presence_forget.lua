-- Removes connections that a push found gone, but for young ones. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… user and connection of each
-- Returns: ms until a flush or -1

for i = 9, #ARGV, 2 do
  local user, connection = ARGV[i], ARGV[i + 1]
  local entries = entries_of(user)
  local at = find(entries, connection)
  if at and entries[at].a + YOUNG_MS <= now then
    note_seen(user, table.remove(entries, at).h)
    bury(connection)
    store(user, entries)
  end
end
notice_crowd()
return ask()
