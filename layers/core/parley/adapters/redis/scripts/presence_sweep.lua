-- Expires leases and ended tokens, drops registrations that ran out, and repairs what one key knows and
-- another does not. Reads all of the tenant. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 how many users it may change; when more have to, it is due again at once
-- Returns: 1 ms until a flush or -1, 2 when to look again (ms) or -1, 3… user and connection of each
--       whose token ended

local limit = tonumber(ARGV[9])
local answer = {-1, -1}
local next_look

local function look_at(time)
  next_look = math.min(next_look or time, time)
end

local function pairs_of(list)
  local map = {}
  for i = 1, #list, 2 do
    map[list[i]] = list[i + 1]
  end
  return map
end

local online = pairs_of(redis.call('ZRANGE', ONLINE, 0, -1, 'WITHSCORES'))
local told = pairs_of(redis.call('HGETALL', ANNOUNCED))
local connections = pairs_of(redis.call('HGETALL', CONNS))

local function change(user, entries)
  if limit > 0 then
    limit = limit - 1
    store(user, entries)
  else
    look_at(now)
  end
end

-- Returns the entries that stay, and whether others went.
local function sift(user, entries)
  local kept, went = {}, false
  for _, entry in ipairs(entries) do
    local ends = entry.x * 1000 + EXP_GRACE_MS
    if ends < now and limit > 0 then
      note_seen(user, math.min(entry.h, now))
      bury(entry.c)
      answer[#answer + 1] = user
      answer[#answer + 1] = entry.c
      went = true
    elseif entry.u <= now then
      went = true
      note_seen(user, entry.h)
    else
      kept[#kept + 1] = entry
      look_at(math.max(now, math.min(entry.u, ends + 1)))
    end
  end
  return kept, went
end

local function is_settled(user, status)
  local known = string.match(told[user] or 'offline|', '^(%a+)|')
  return known == status or redis.call('ZSCORE', PENDING, user)
end

for user, packed in pairs(connections) do
  local entries, went = sift(user, cjson.decode(packed))
  local status, lease_end = fold(entries)
  if lease_end then
    look_at(lease_end)
  end
  if went or lease_end ~= tonumber(online[user]) or not is_settled(user, status) then
    change(user, entries)
  end
end
for user in pairs(online) do
  if not connections[user] then
    change(user, {})
  end
end
for user, known in pairs(told) do
  if not connections[user] and not online[user] then
    local status, at = string.match(known, '^(%a+)|(%d+)$')
    if status ~= 'offline' and not redis.call('ZSCORE', PENDING, user) then
      change(user, {})
    elseif status == 'offline' and at + COALESCE_MS <= now then
      redis.call('HDEL', ANNOUNCED, user)
    end
  end
end
answer[1] = ask()
answer[2] = next_look or -1
return answer
