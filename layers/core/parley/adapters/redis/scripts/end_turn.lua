-- Leaves the queue of a room, with a commit or without; a commit is logged as a change of the room.
-- KEYS: 1 head, 2 turn, 3 log
-- ARGV: 1 ticket, 2 milliseconds that a commit took, '' where that is not known; then with a commit:
--       3 now or '', 4 room, then the new head: 5 seq, 6 rev, 7 message

local state = redis.call('HMGET', KEYS[2], 'served', 'cost')
local served, ticket = tonumber(state[1] or 0), tonumber(ARGV[1])
if ARGV[3] and ticket > served then
  -- Those before us who never came, a killed function say, are no longer waited for.
  for passed = math.max(served, ticket - QUEUE_MAX) + 1, ticket do
    redis.call('HDEL', KEYS[2], 'left:' .. passed)
  end
  served = ticket
elseif ticket > served then
  -- Whoever gives up lets nobody go who waits for others.
  redis.call('HSET', KEYS[2], 'left:' .. ticket, 1)
end
while redis.call('HDEL', KEYS[2], 'left:' .. (served + 1)) == 1 do
  served = served + 1
end
redis.call('HSET', KEYS[2], 'served', served)
if ARGV[3] then
  raise_head(KEYS[1], tonumber(ARGV[5]), tonumber(ARGV[6]), ARGV[7])
  -- A log that was lost gets its new epoch from whoever asks for it next.
  redis.call('ZADD', KEYS[3], clock(ARGV[3]), ARGV[4])
  redis.call('EXPIRE', KEYS[3], DAY_S)
end
if ARGV[2] ~= '' then
  local cost = 0.8 * tonumber(state[2] or FIRST_COST_MS) + 0.2 * tonumber(ARGV[2])
  cost = math.min(math.max(cost, 1), 200)
  redis.call('HSET', KEYS[2], 'cost', string.format('%.3f', cost))
end
redis.call('EXPIRE', KEYS[2], TURN_S)
return served
