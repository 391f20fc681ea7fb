-- Reads a roster that is still believed.
-- KEYS: 1 roster
-- ARGV: 1 now or ''
-- Returns: the roster or false

return believed_roster(KEYS[1], clock(ARGV[1]))
