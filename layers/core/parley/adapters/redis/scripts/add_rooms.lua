-- Adds to the known rooms of a user. The mark that they are all known is a member like the others, so
-- that it cannot outlive them.
-- KEYS: 1 rooms of the user
-- ARGV: rooms, the mark among them when they are all

local members = rest_of_argv(1)
chunked('SADD', KEYS[1], members)
redis.call('EXPIRE', KEYS[1], DAY_S)
return #members
