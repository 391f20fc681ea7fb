-- Replaces what is shown of a person. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 profile
-- Returns: 1 when anything was known of them

local known = redis.call('HEXISTS', PEOPLE, ARGV[9]) + redis.call('HEXISTS', CONNS, ARGV[9])
if known > 0 then
  put(PEOPLE, ARGV[9], ARGV[10])
end
return math.min(known, 1)
