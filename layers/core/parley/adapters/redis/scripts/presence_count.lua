-- Counts those who are not offline. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: how many

return count_online()
