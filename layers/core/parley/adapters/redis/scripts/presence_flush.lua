-- Takes the changes that are due. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 how many at most
-- Returns: 1 ms until another flush or -1, 2 now, 3 the changes (user, status, last seen or false,
--       profile or false), 4 all entries of the tenant by user (JSON), none without a change, 5 how many
--       are not offline

local limit = tonumber(ARGV[9])
local flush = redis.call('HMGET', FLUSH, 'next', 'last')
-- A queue's delays are whole seconds: what comes half a turn early is the flush that was asked for.
if tonumber(flush[1] or 0) <= now + COALESCE_MS / 2 then
  redis.call('HDEL', FLUSH, 'next')
end

local changes = {}
local function announce(user)
  redis.call('ZREM', PENDING, user)
  local status, _, heard = fold(entries_of(user))
  if status == announced(user) then
    return
  end
  put(ANNOUNCED, user, status .. '|' .. string.format('%d', now))
  local seen = false
  if status == 'offline' then
    seen = math.max(heard, tonumber(redis.call('HGET', SEEN, user) or 0))
  end
  for _, value in ipairs({user, status, seen, redis.call('HGET', PEOPLE, user)}) do
    changes[#changes + 1] = value
  end
end

local waited = tonumber(flush[2] or 0) + COALESCE_MS <= now
local due = waited and redis.call('ZRANGEBYSCORE', PENDING, '-inf', now, 'LIMIT', 0, limit + 1) or {}
for i = 1, math.min(#due, limit) do
  announce(due[i])
end
-- While more is due than one frame can carry, the tenant's turn is not over.
if #changes > 0 and #due <= limit then
  put(FLUSH, 'last', now)
end
local entries = #changes > 0 and entries_of_all(CONNS, '') or '{}'
return {ask(), now, changes, entries, count_online()}
