-- Takes the changes that are due, under a claim that runs out. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 how many at most
-- Returns: 1 ms until another flush or -1, 2 now, 3 the changes (user, status, last seen or false,
--       profile or false), 4 all entries of the tenant by user (JSON), none without a change, 5 how many
--       are not offline, 6 the end of the claim (ms)

local limit = tonumber(ARGV[9])
local claim_end = now + CLAIM_MS
local flush = redis.call('HMGET', FLUSH, 'next', 'rest')
-- A queue's delays are whole seconds: what comes half a turn early is the flush that was asked for.
if tonumber(flush[1] or 0) <= now + COALESCE_MS / 2 then
  redis.call('HDEL', FLUSH, 'next')
end

local function last_seen(user, heard)
  return math.max(heard, tonumber(redis.call('HGET', SEEN, user) or 0))
end

local changes = {}
local function announce(user, in_crowd)
  local claimed_until = redis.call('ZSCORE', TAKEN, user)
  if claimed_until then
    redis.call('ZADD', PENDING, claimed_until, user)
    return
  end
  local status, _, heard = fold(entries_of(user))
  local seen = status == 'offline' and last_seen(user, heard)
  if seen and in_crowd and seen + LEASE_MS > now then
    redis.call('ZADD', PENDING, seen + LEASE_MS, user)
    return
  end
  redis.call('ZREM', PENDING, user)
  -- Eviction can take what was announced alone: what waits was something else.
  if status == announced(user) and redis.call('HEXISTS', ANNOUNCED, user) == 1 then
    return
  end
  put(ANNOUNCED, user, status .. '|' .. string.format('%d', now))
  redis.call('ZADD', TAKEN, claim_end, user)
  for _, value in ipairs({user, status, seen, redis.call('HGET', PEOPLE, user)}) do
    changes[#changes + 1] = value
  end
end

reclaim()
local waited = tonumber(flush[2] or 0) <= now
local due = waited and redis.call('ZRANGEBYSCORE', PENDING, '-inf', now, 'LIMIT', 0, limit + 1) or {}
local in_crowd = is_crowd_away()
for i = 1, math.min(#due, limit) do
  announce(due[i], in_crowd)
end
-- While more is due than one frame can carry, the tenant's turn is not over.
if #changes > 0 and #due <= limit then
  put(FLUSH, 'rest', now + pause_after(#changes / 4))
end
redis.call('EXPIRE', TAKEN, KEEP_S)
local entries = #changes > 0 and entries_of_all(CONNS) or '{}'
return {ask(), now, changes, entries, count_online(), claim_end}
