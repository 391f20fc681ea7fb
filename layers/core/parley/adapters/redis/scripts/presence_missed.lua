-- Notes that changes did not reach connections. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… user and connection of each
-- Returns: 1

for i = 9, #ARGV, 2 do
  local entries = entries_of(ARGV[i])
  local at = find(entries, ARGV[i + 1])
  if at then
    entries[at].m = MISSED_TOLD
    put(CONNS, ARGV[i], cjson.encode(entries))
  end
end
return 1
