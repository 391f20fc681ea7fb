-- Keeps a roster, or the mark that older ones are to be refused, unless what is there is newer.
-- KEYS: 1 roster
-- ARGV: 1 rev, 2 the roster, or {"rev": rev} alone
-- Returns: 1 when it was kept

local known = redis.call('GET', KEYS[1])
if known and cjson.decode(known).rev > tonumber(ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', DAY_S)
return 1
