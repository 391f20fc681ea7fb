-- Counts the people of a tenant who may have a connection. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 tag of a space that it must name, or ''

return count_people(CONNS, SPACES, ARGV[9])
