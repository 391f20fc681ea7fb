-- Moves heads up, never down.
-- KEYS: heads of n rooms
-- ARGV: for each room: seq, rev, message or ''

for i, key in ipairs(KEYS) do
  local at = 3 * i - 2
  raise_head(key, tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2])
end
return #KEYS
