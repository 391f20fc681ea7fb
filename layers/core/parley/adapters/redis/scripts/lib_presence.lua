-- What the scripts of presence share; the loader puts it after lib.lua.
-- KEYS: 1 connections (user -> entries), 2 online (user by the end of the last lease), 3 people,
--       4 seen (user -> ms), 5 announced (user -> status|ms), 6 pending (user by due ms),
--       7 flush (next: when one is asked for, rest: until when none is due, crowd: until when one that
--       went may come back, swept: when the last sweep was), 8 gone (closed connections by the end of
--       their tombstones), 9 subscriptions (one score; who asked for whom, twice: see below), 10 taken (user by the end of the claim of whoever is announcing them), 11 spaces (one
--       score; whose connections may name which space: lib.lua)
-- ARGV: 1 now or '', then in ms: 2 lease, 3 offline grace, 4 coalescing, 5 registration, 6 young,
--       7 grace after a token's end; 8 connections of a user; 9… the script's own
-- An entry: c connection, s status, a since when it is registered, h heard at, l lease until, u registered
-- until (ms), x token's end (s); where there are any: g tags of the token's spaces, n 1 when it subscribed,
-- m how many more heartbeats tell it that it missed changes.

local CONNS, ONLINE, PEOPLE, SEEN, ANNOUNCED, PENDING, FLUSH, GONE, SUBSCRIPTIONS, TAKEN =
  unpack(KEYS, 1, 10)
local SPACES = KEYS[11]
local now = clock(ARGV[1])
local LEASE_MS, GRACE_MS, COALESCE_MS = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local REGISTERED_MS, YOUNG_MS = tonumber(ARGV[5]), tonumber(ARGV[6])
local EXP_GRACE_MS, MAX_CONNECTIONS = tonumber(ARGV[7]), tonumber(ARGV[8])

local TOMBSTONE_MS = 600000
-- How late a flush may be before it counts as lost.
local OVERDUE_MS = 5000
-- How long an announcement may take. Meanwhile nothing newer of the same people is announced, so that it
-- cannot be overtaken; then they are announced again, as whoever took them may have died.
local CLAIM_MS = 10000
-- A heartbeat's reply can be lost, too.
local MISSED_TOLD = 2
-- How many people who change at once are a crowd; to go, they have to be a twentieth of their tenant, too.
local CROWD = 10
local CROWD_SHARE = 20
local DOUBTED = 'contradicted'
local RANK = {offline = 0, away = 1, online = 2}

local function put(key, field, value)
  redis.call('HSET', key, field, value)
  redis.call('EXPIRE', key, KEEP_S)
end

local function tags_in(entries)
  local tags = {}
  for _, entry in ipairs(entries) do
    for tag in string.gmatch(entry.g or '', '%S+') do
      tags[tag] = true
    end
  end
  return tags
end

-- The spaces that users' connections named when they were read, and that the index holds.
local indexed_tags = {}

local function entries_of(user)
  local packed = redis.call('HGET', CONNS, user)
  local entries = packed and cjson.decode(packed) or {}
  indexed_tags[user] = tags_in(entries)
  return entries
end

local function index_spaces(user, entries)
  local before, tags = indexed_tags[user] or {}, tags_in(entries)
  for tag in pairs(before) do
    if not tags[tag] then
      redis.call('ZREM', SPACES, tag .. '\0' .. user)
    end
  end
  for tag in pairs(tags) do
    if not before[tag] then
      redis.call('ZADD', SPACES, 0, tag .. '\0' .. user)
    end
  end
  if next(tags) then
    redis.call('EXPIRE', SPACES, KEEP_S)
  end
end

-- Lets a user be indexed anew whose connection the index lost: eviction can take it alone.
local function check_spaces(user, entry)
  local tag = string.match(entry.g or '', '%S+')
  if tag and not redis.call('ZSCORE', SPACES, tag .. '\0' .. user) then
    indexed_tags[user] = {}
  end
end

local function find(entries, connection)
  for i, entry in ipairs(entries) do
    if entry.c == connection then
      return i
    end
  end
end

local function note_seen(user, at)
  if at > tonumber(redis.call('HGET', SEEN, user) or 0) then
    put(SEEN, user, at)
  end
end

local function is_gone(connection)
  return tonumber(redis.call('ZSCORE', GONE, connection) or 0) > now
end

-- Subscriptions are members of one sorted set, so that no half of them can be lost alone: for each
-- connection '=<connection> <its people as JSON>', and for each of these people '><user> <connection>',
-- so that a change finds who asked for it without a look at anybody else (\0 for the blank).
local function asked_by(connection)
  local from = '=' .. connection
  return redis.call('ZRANGEBYLEX', SUBSCRIPTIONS, '[' .. from .. '\0', '(' .. from .. '\1')[1]
end

local function hearing(connection, packed)
  local members = {'=' .. connection .. '\0' .. packed}
  for _, user in ipairs(cjson.decode(packed)) do
    members[#members + 1] = '>' .. user .. '\0' .. connection
  end
  return members
end

local function unsubscribe(connection)
  local asked = asked_by(connection)
  if asked then
    chunked('ZREM', SUBSCRIPTIONS, hearing(connection, string.sub(asked, #connection + 3)))
  end
end

local function count_online()
  return redis.call('ZCOUNT', ONLINE, '(' .. now, '+inf')
end

local function bury(connection)
  unsubscribe(connection)
  redis.call('ZREMRANGEBYSCORE', GONE, '-inf', now)
  redis.call('ZADD', GONE, now + TOMBSTONE_MS, connection)
  redis.call('EXPIRE', GONE, TOMBSTONE_MS / 1000)
end

-- The status to show, the end of the last live lease (or nil), and when the person was last heard.
local function fold(entries)
  local best, lease_end, heard = 'offline', nil, 0
  for _, entry in ipairs(entries) do
    heard = math.max(heard, entry.h)
    if entry.l > now then
      lease_end = math.max(lease_end or 0, entry.l)
      if RANK[entry.s] > RANK[best] then
        best = entry.s
      end
    end
  end
  return best, lease_end, heard
end

local function parse_announced(known)
  local status, at = string.match(known or '', '^(%a+)|(%d+)$')
  return status or 'offline', tonumber(at or 0)
end

local function announced(user)
  return parse_announced(redis.call('HGET', ANNOUNCED, user))
end

-- Notes that others may have been told or shown something else than was announced last: whatever comes
-- next has to be announced, even the status of before, or somebody would keep the other one.
local function doubt(user)
  local _, told_at = announced(user)
  put(ANNOUNCED, user, string.format('%s|%d', DOUBTED, told_at))
end

-- Those of a crowd that goes at once come back as a rule, as it was the network or a server that failed.
-- For as long as it takes to miss somebody who fell silent, they are shown and announced as before: else
-- everybody would be told twice of each. Connections that closed lately are counted by their tombstones.
local function notice_crowd()
  local closed = redis.call('ZCOUNT', GONE, now + TOMBSTONE_MS - GRACE_MS, '+inf')
  if closed >= CROWD and closed * CROWD_SHARE >= closed + count_online() then
    put(FLUSH, 'crowd', now + LEASE_MS)
  end
end

local function is_crowd_away()
  return tonumber(redis.call('HGET', FLUSH, 'crowd') or 0) > now
end

-- Doubts the users of whom another status is being shown than was announced, but for those of a crowd that
-- went: returns the status that is to be shown of them instead, by user.
local function contradict(users, packed)
  local held, in_crowd = {}, is_crowd_away()
  local known = chunked('HMGET', ANNOUNCED, users)
  for i, user in ipairs(users) do
    local told = parse_announced(known[i])
    local status = fold(packed[i] and cjson.decode(packed[i]) or {})
    local is_going = status == 'offline' and (told == 'online' or told == 'away')
    if is_going and in_crowd and redis.call('ZSCORE', PENDING, user) then
      held[user] = told
    elseif told ~= DOUBTED and told ~= status then
      doubt(user)
    end
  end
  return held
end

-- Tells whether a key was lost that spoke of a user: what one says another contradicts, and nothing waits
-- that would make it good. Who looked meanwhile may have been shown anything.
local function is_lost(user, entries)
  local told = announced(user)
  local indexed = redis.call('ZSCORE', ONLINE, user)
  local _, lease_end = fold(entries)
  if lease_end then
    return not indexed or (told == 'offline' and not redis.call('ZSCORE', PENDING, user))
  end
  -- Of a lease that ran out since the last sweep the index still knows.
  return not indexed and RANK[told] and told ~= 'offline' and not redis.call('ZSCORE', PENDING, user)
end

-- Puts a user into the changes that wait, or takes them out when others know the status already. Going
-- offline waits for the grace after the person was last seen, so a repeated call puts nothing off.
local function settle(user, status)
  local told, told_at = announced(user)
  if status == told then
    redis.call('ZREM', PENDING, user)
    return
  end
  local due = math.max(now, told_at + COALESCE_MS)
  if status == 'offline' then
    due = math.max(due, tonumber(redis.call('HGET', SEEN, user) or 0) + GRACE_MS)
  end
  redis.call('ZADD', PENDING, due, user)
  redis.call('EXPIRE', PENDING, KEEP_S)
end

-- Forgets what followed from an entry whose registration ran out.
local function let_go(user, entry)
  note_seen(user, entry.h)
  unsubscribe(entry.c)
end

-- Stores a user's entries with all that follows from them. Registrations that ran out are dropped.
local function store(user, entries)
  local kept = {}
  for _, entry in ipairs(entries) do
    if entry.u > now then
      kept[#kept + 1] = entry
    else
      let_go(user, entry)
    end
  end
  if #kept > 0 then
    put(CONNS, user, cjson.encode(kept))
  else
    redis.call('HDEL', CONNS, user)
  end
  index_spaces(user, kept)
  local status, lease_end, heard = fold(kept)
  if lease_end then
    redis.call('ZADD', ONLINE, lease_end, user)
    redis.call('EXPIRE', ONLINE, KEEP_S)
  else
    redis.call('ZREM', ONLINE, user)
    if heard > 0 then
      note_seen(user, heard)
    end
  end
  settle(user, status)
end

-- Announces a user as they are, also where nothing changed.
local function announce_again(user)
  doubt(user)
  settle(user, (fold(entries_of(user))))
end

-- How long a tenant's next announcement waits after one of so many changes. While a crowd comes back, it
-- costs every client a few large frames rather than many small ones.
local function pause_after(count)
  return COALESCE_MS * (1 + math.min(math.floor(count / CROWD), 2.5))
end

-- Lets changes wait again that somebody took to announce, and never said to be told.
local function reclaim()
  for _, user in ipairs(redis.call('ZRANGEBYSCORE', TAKEN, '-inf', now, 'LIMIT', 0, CHUNK)) do
    announce_again(user)
    redis.call('ZREM', TAKEN, user)
  end
end

-- Returns in how many ms somebody has to be asked for a flush, or -1 where nothing waits or a flush that
-- is asked for comes early enough (and will ask for the next one itself).
local function ask()
  reclaim()
  local first = redis.call('ZRANGE', PENDING, 0, 0, 'WITHSCORES')[2]
  if not first then
    return -1
  end
  local flush = redis.call('HMGET', FLUSH, 'next', 'rest')
  local due = math.max(now, tonumber(first), tonumber(flush[2] or 0))
  local asked = tonumber(flush[1] or 0)
  if asked > now - OVERDUE_MS and asked <= due then
    return -1
  end
  put(FLUSH, 'next', due)
  return due - now
end
