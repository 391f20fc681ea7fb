-- Keeps a roster, or the mark that older ones are to be refused, unless what is there is newer.
-- A mark also leaves a roster of its own rev, which is as new as the mark asks.
-- KEYS: 1 roster
-- ARGV: 1 now or '', 2 rev, 3 the roster, or '' for a mark
-- Returns: 1 when it was kept

local rev, is_mark = tonumber(ARGV[2]), ARGV[3] == ''
local known = tonumber(redis.call('HGET', KEYS[1], 'rev') or -1)
if known > rev or (is_mark and known == rev) then
  return 0
end
if is_mark then
  redis.call('HSET', KEYS[1], 'rev', rev)
  redis.call('HDEL', KEYS[1], 'until', 'roster', 'life')
else
  local till = clock(ARGV[1]) + ROSTER_MS
  redis.call('HSET', KEYS[1], 'rev', rev, 'until', till, 'roster', ARGV[3], 'life', life_of_server())
end
redis.call('EXPIRE', KEYS[1], DAY_S)
return 1
