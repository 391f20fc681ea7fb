-- Reads the connections of a tenant. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 tag of a space that they must name, or ''
-- Returns: 1 now, 2 entries by user (JSON), also some that do not name it, 3 how many are not offline

return {now, entries_of_space(CONNS, SPACES, ARGV[9]), count_online()}
