-- Expires leases and ended tokens, drops registrations that ran out, and repairs what one key knows and
-- another does not, for one slice of the tenant: all of a large one would block the server for too long.
-- KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 stage (1 those with connections, 2 also online, 3 also announced), 10 cursor in it,
--       11 about how many users to look at
-- Returns: 1 ms until a flush or -1, 2 in how many ms to look again or -1, 3 next stage (4: done), 4 its
--       cursor, 5… user and connection of each whose token ended

local STAGES = {{'HSCAN', CONNS}, {'ZSCAN', ONLINE}, {'HSCAN', ANNOUNCED}}
local stage, cursor, budget = tonumber(ARGV[9]), ARGV[10], tonumber(ARGV[11])
local answer = {-1, -1, stage, cursor}

local function look_again_at(time)
  local wait = math.max(0, time - now)
  if answer[2] < 0 or wait < answer[2] then
    answer[2] = wait
  end
end

-- Returns the entries that stay, and whether others went.
local function sift(user, entries)
  local kept = {}
  for _, entry in ipairs(entries) do
    local token_end = entry.x * 1000 + EXP_GRACE_MS
    if token_end < now then
      note_seen(user, entry.h)
      bury(entry.c)
      answer[#answer + 1] = user
      answer[#answer + 1] = entry.c
    elseif entry.u <= now then
      let_go(user, entry)
    else
      kept[#kept + 1] = entry
      look_again_at(math.min(entry.u, token_end + 1))
    end
  end
  return kept, #kept < #entries
end

local function look_at(user)
  local entries, went = sift(user, entries_of(user))
  local status, lease_end = fold(entries)
  if lease_end then
    look_again_at(lease_end)
  end
  local told, told_at = announced(user)
  local indexed = tonumber(redis.call('ZSCORE', ONLINE, user))
  local waits = status == told or redis.call('ZSCORE', PENDING, user)
  if went or lease_end ~= indexed or not waits then
    store(user, entries)
  end
  if #entries == 0 and told == 'offline' and told_at + COALESCE_MS <= now then
    redis.call('HDEL', ANNOUNCED, user)
  end
  -- Whoever is gone has still to be forgotten, once that is announced.
  if #entries == 0 and redis.call('HEXISTS', ANNOUNCED, user) == 1 then
    look_again_at(now + COALESCE_MS)
  end
end

-- Without it a tenant would remember for ever when each visitor was last seen. Some at random are enough.
local function forget_long_gone()
  for _, user in ipairs(redis.call('HRANDFIELD', SEEN, 20)) do
    local seen = tonumber(redis.call('HGET', SEEN, user))
    if seen + KEEP_S * 1000 <= now and redis.call('HEXISTS', CONNS, user) == 0 then
      redis.call('HDEL', SEEN, user)
      redis.call('HDEL', PEOPLE, user)
    end
  end
end

while stage <= #STAGES and budget > 0 do
  local page = redis.call(STAGES[stage][1], STAGES[stage][2], cursor, 'COUNT', budget)
  for i = 1, #page[2], 2 do
    local user = page[2][i]
    if stage == 1 or redis.call('HEXISTS', CONNS, user) == 0 then
      look_at(user)
    end
    budget = budget - 1
  end
  cursor = page[1]
  if cursor == '0' then
    stage = stage + 1
  end
end
if stage > #STAGES then
  put(FLUSH, 'swept', now)
  forget_long_gone()
  -- The flush that was asked for may get lost.
  if redis.call('EXISTS', PENDING) == 1 then
    look_again_at(now + COALESCE_MS)
  end
  -- What eviction of the connections left of them.
  if redis.call('EXISTS', CONNS) == 0 then
    redis.call('DEL', SUBSCRIPTIONS, SPACES)
  end
end
answer[1], answer[3], answer[4] = ask(), stage, cursor
return answer
