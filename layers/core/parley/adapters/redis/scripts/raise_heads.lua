-- Moves heads up, never down: by seq, then by the rev of the last message (an edit, a deletion).
-- KEYS: heads of n rooms; with a commit time, then also their n turns
-- ARGV: 1 milliseconds that the commit took, or ''; then for each room: seq, rev, message or ''

local rooms = (#ARGV - 1) / 3

local function raise(key, seq, rev, message)
  local known = redis.call('HMGET', key, 'seq', 'rev')
  local known_seq, known_rev = tonumber(known[1] or -1), tonumber(known[2] or -1)
  if seq > known_seq or (seq == known_seq and rev > known_rev) then
    redis.call('HSET', key, 'seq', seq, 'rev', rev, 'msg', message)
  end
  redis.call('EXPIRE', key, KEEP_S)
end

-- A moving average of the commits, which is how long the next one should get.
local function learn(key, commit_ms)
  local cost = tonumber(redis.call('HGET', key, 'cost') or FIRST_COST_MS)
  cost = math.min(math.max(0.8 * cost + 0.2 * commit_ms, 1), 200)
  redis.call('HSET', key, 'cost', string.format('%.3f', cost))
  redis.call('EXPIRE', key, DAY_S)
end

for i = 1, rooms do
  local at = 3 * i - 1
  raise(KEYS[i], tonumber(ARGV[at]), tonumber(ARGV[at + 1]), ARGV[at + 2])
  if ARGV[1] ~= '' then
    learn(KEYS[rooms + i], tonumber(ARGV[1]))
  end
end
return rooms
