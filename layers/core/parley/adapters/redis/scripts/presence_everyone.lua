-- Reads all connections of a tenant. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: none of its own
-- Returns: 1 now, 2 entries by user (JSON)

return {now, everyone()}
