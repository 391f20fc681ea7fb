-- Leaves the queue of a room, with a commit or without.
-- KEYS: 1 head, 2 turn
-- ARGV: 1 ticket, 2 milliseconds that the commit took or '' without one; then with one the new head:
--       3 seq, 4 rev, 5 message

local state = redis.call('HMGET', KEYS[2], 'served', 'cost')
-- Those before us who never came, a killed function say, are no longer waited for.
local served = math.max(tonumber(state[1] or 0), tonumber(ARGV[1]))
redis.call('HSET', KEYS[2], 'served', served)
if ARGV[2] ~= '' then
  raise_head(KEYS[1], tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5])
  local cost = 0.8 * tonumber(state[2] or FIRST_COST_MS) + 0.2 * tonumber(ARGV[2])
  cost = math.min(math.max(cost, 1), 200)
  redis.call('HSET', KEYS[2], 'cost', string.format('%.3f', cost))
end
redis.call('EXPIRE', KEYS[2], TURN_S)
return served
