-- Adds a connection with a fresh lease, or renews a known one. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 connection, 11 status, 12 token's end (s), 13 profile, 14 tags of the token's spaces
--       or ''
-- Returns: 1 whether it was accepted, 2 ms until a flush or -1, 3 how many are not offline,
--       4… connections that had to go

local user, connection = ARGV[9], ARGV[10]
if is_gone(connection) then
  return {0, -1, 0}
end

local entries = entries_of(user)
local lost = is_lost(user, entries)
if lost then
  doubt(user)
end
local known = find(entries, connection)
local before = known and table.remove(entries, known) or {}
local kept = {}
for _, entry in ipairs(entries) do
  if entry.u > now then
    kept[#kept + 1] = entry
  else
    let_go(user, entry)
  end
end

local answer = {1, -1, 0}
while #kept >= MAX_CONNECTIONS do
  local oldest = 1
  for i, entry in ipairs(kept) do
    if entry.h < kept[oldest].h then
      oldest = i
    end
  end
  local replaced = table.remove(kept, oldest).c
  bury(replaced)
  answer[#answer + 1] = replaced
end
kept[#kept + 1] = {
  c = connection, s = ARGV[11], x = tonumber(ARGV[12]), a = before.a or now,
  h = now, l = now + LEASE_MS, u = now + REGISTERED_MS,
  g = ARGV[14] ~= '' and ARGV[14] or nil, n = asked_by(connection) and 1 or nil,
  m = lost and MISSED_TOLD or before.m,
}

put(PEOPLE, user, ARGV[13])
store(user, kept)
-- A new tenant is noted by whoever registers in it.
redis.call('HSETNX', FLUSH, 'swept', now)
redis.call('EXPIRE', FLUSH, KEEP_S)
answer[2], answer[3] = ask(), count_online()
return answer
