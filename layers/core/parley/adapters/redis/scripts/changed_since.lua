-- Tells which rooms of a user changed.
-- KEYS: 1 log, 2 rooms of the user
-- ARGV: 1 now or '', 2 the epoch to take when there is none, 3 since (ms), 4 mark of a complete list
-- Returns: 1 epoch, 2 whether the user's rooms are all known, 3… those that changed

local now, since = clock(ARGV[1]), tonumber(ARGV[3])
local epoch = epoch_of(KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], DAY_S)
if redis.call('SISMEMBER', KEYS[2], ARGV[4]) == 0 then
  return {epoch, 0}
end
redis.call('EXPIRE', KEYS[2], DAY_S)

local answer = {epoch, 1}
local function add(room)
  answer[#answer + 1] = room
end

-- The log may hold many more rooms than the user has, or many fewer: ask for the smaller side.
local logged = redis.call('ZCOUNT', KEYS[1], since, '(' .. EPOCH_SCORE)
if since >= now - LOG_MS and logged <= redis.call('SCARD', KEYS[2]) then
  local rooms = redis.call('ZRANGEBYSCORE', KEYS[1], since, '(' .. EPOCH_SCORE)
  for i, mine in ipairs(chunked('SMISMEMBER', KEYS[2], rooms)) do
    if mine == 1 then
      add(rooms[i])
    end
  end
  return answer
end

local rooms = redis.call('SMEMBERS', KEYS[2])
local scores = chunked('ZMSCORE', KEYS[1], rooms)
for i, room in ipairs(rooms) do
  local known = scores[i] and tonumber(scores[i]) >= since
  -- What changed before the log begins is not known, so every room may have.
  if room ~= ARGV[4] and (known or since < now - LOG_MS) then
    add(room)
  end
end
return answer
