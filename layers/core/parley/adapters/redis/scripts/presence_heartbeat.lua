-- Renews the lease of a known connection and sets its status. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 user, 10 connection, 11 status, 12 profile
-- Returns: 1 whether it was known, 2 whether it was closed, 3 when it was heard before (ms),
--       4 ms until a flush or -1, 5 how many are not offline, 6 whether it missed changes, 7 whether
--       the tenant was not swept for long: what says when it is due must have been lost

local user, connection = ARGV[9], ARGV[10]
if is_gone(connection) then
  return {0, 1, 0, -1, 0, 0, 0}
end
local entries = entries_of(user)
local at = find(entries, connection)
if not at or entries[at].u <= now then
  return {0, 0, 0, -1, 0, 0, 0}
end

local lost = is_lost(user, entries)
local mine = entries[at]
local since = mine.h
mine.s, mine.h, mine.l = ARGV[11], now, now + LEASE_MS
local missed = mine.m or 0
if lost then
  doubt(user)
  missed = MISSED_TOLD
end
-- Eviction can take the subscriptions alone, and the connection would hear of nobody.
if mine.n and not asked_by(connection) then
  mine.n, missed = nil, MISSED_TOLD
end
mine.m = missed > 1 and missed - 1 or nil
-- Eviction can take the names alone; nobody registers again for that.
if redis.call('HEXISTS', PEOPLE, user) == 0 then
  put(PEOPLE, user, ARGV[12])
end
check_spaces(user, mine)
store(user, entries)
local unswept = tonumber(redis.call('HGET', FLUSH, 'swept') or 0) + 2 * LEASE_MS < now
if unswept then
  put(FLUSH, 'swept', now)
end
return {1, 0, since, ask(), count_online(), missed > 0 and 1 or 0, unswept and 1 or 0}
