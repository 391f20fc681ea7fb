-- Replaces what is shown of a person, and announces it. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 profile
-- Returns: ms until a flush or -1

local known = redis.call('HEXISTS', PEOPLE, ARGV[9]) + redis.call('HEXISTS', CONNS, ARGV[9])
if known == 0 then
  return -1
end
put(PEOPLE, ARGV[9], ARGV[10])
announce_again(ARGV[9])
return ask()
