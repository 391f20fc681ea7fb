-- Functions that every script may use; the loader puts them first. No KEYS and no ARGV here.

local DAY_S = 86400
local KEEP_S = 7 * DAY_S

-- How long a roster is believed, which is no longer than by the server that got it. One that was rolled
-- back may have one again with somebody who was removed since, and no mark against it: where it cannot
-- be told from the server before (life_of_server), only reading the truth again ends that.
local ROSTER_MS = 60000

-- unpack() of more than some 8,000 values overflows Lua's C stack.
local CHUNK = 1000

-- Epoch milliseconds: by the server's clock, or by the one that a test passes.
local function clock(override)
  if override ~= '' then
    return tonumber(override)
  end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- A command with any number of arguments after its key; the answers, if they are lists, joined.
local function chunked(command, key, values)
  local answers = {}
  for first = 1, #values, CHUNK do
    local last = math.min(first + CHUNK - 1, #values)
    local part = redis.call(command, key, unpack(values, first, last))
    if type(part) == 'table' then
      for i = 1, last - first + 1 do
        answers[first + i - 1] = part[i]
      end
    end
  end
  return answers
end

-- One JSON object of texts that are JSON already, without those that are false: one long text is read
-- many times faster than a list of short ones.
local function object_of(names, texts)
  local members = {}
  for i, name in ipairs(names) do
    if texts[i] then
      members[#members + 1] = cjson.encode(name) .. ':' .. texts[i]
    end
  end
  return '{' .. table.concat(members, ',') .. '}'
end

-- All entries of a tenant by user, as one JSON object.
local function entries_of_all(key)
  local pairs_of = redis.call('HGETALL', key)
  local users, entries = {}, {}
  for i = 1, #pairs_of, 2 do
    users[#users + 1], entries[#entries + 1] = pairs_of[i], pairs_of[i + 1]
  end
  return object_of(users, entries)
end

-- The index of a tenant's spaces is a sorted set of one score, with a member '<tag> <user>' (\0 for the
-- blank) for each person who may have a connection that names the space. It knows too many rather than
-- too few: which connections do name it is for the reader of their entries to see.
local function first_of_space(tag)
  return '[' .. tag .. '\0'
end

local function end_of_space(tag)
  return '(' .. tag .. '\1'
end

local function users_of_space(key, tag, from, count)
  local members = redis.call('ZRANGEBYLEX', key, from, end_of_space(tag), 'LIMIT', 0, count)
  for i, member in ipairs(members) do
    members[i] = string.sub(member, #tag + 2)
  end
  return members
end

local function entries_of_users(key, users)
  return object_of(users, chunked('HMGET', key, users))
end

-- The entries of a space's people, or of everybody for the tag ''.
local function entries_of_space(key, spaces, tag)
  if tag == '' then
    return entries_of_all(key)
  end
  return entries_of_users(key, users_of_space(spaces, tag, first_of_space(tag), -1))
end

local function count_space(key, tag)
  return redis.call('ZLEXCOUNT', key, first_of_space(tag), end_of_space(tag))
end

-- About how many people that are.
local function count_people(key, spaces, tag)
  return tag == '' and redis.call('HLEN', key) or count_space(spaces, tag)
end

-- The values of ARGV from an index on.
local function rest_of_argv(first)
  local values = {}
  for i = first, #ARGV do
    values[#values + 1] = ARGV[i]
  end
  return values
end

-- Counts an attempt in a sliding log, unless one of its windows is full.
-- windows: count and milliseconds of each, flat. Returns 0 when the attempt was counted, else in how
-- many milliseconds the next one can pass. The nonce makes a repeated call count once.
local function count_attempt(key, now, nonce, windows)
  local longest = 0
  for i = 2, #windows, 2 do
    longest = math.max(longest, tonumber(windows[i]))
  end
  if redis.call('ZSCORE', key, nonce) then
    return 0
  end
  local wait = 0
  for i = 1, #windows, 2 do
    local count, span = tonumber(windows[i]), tonumber(windows[i + 1])
    local oldest = redis.call('ZREVRANGE', key, count - 1, count - 1, 'WITHSCORES')[2]
    if oldest and tonumber(oldest) > now - span then
      wait = math.max(wait, oldest + span - now)
    end
  end
  if wait == 0 then
    -- Removed after the addition: a full server refuses the first write of a script only.
    redis.call('ZADD', key, now, nonce)
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - longest)
    redis.call('PEXPIRE', key, longest + 60000)
  end
  return wait
end

local FIRST_COST_MS = 10
-- A queue that nobody touched for so long is empty, whatever its numbers say.
local TURN_S = 5
local QUEUE_MAX = 1000

-- Joins the queue of those who commit in a room. Returns one's ticket, how many are ahead, and how
-- many milliseconds a commit takes, as text.
local function take_turn(key)
  local state = redis.call('HMGET', key, 'ticket', 'served', 'cost')
  local ticket = tonumber(state[1] or 0) + 1
  redis.call('HSET', key, 'ticket', ticket)
  redis.call('EXPIRE', key, TURN_S)
  local ahead = math.max(0, ticket - 1 - tonumber(state[2] or 0))
  return {ticket, ahead, state[3] or string.format('%d', FIRST_COST_MS)}
end

-- Moves a head up, never down: by seq, then by the rev of the last message (an edit, a deletion).
local function raise_head(key, seq, rev, message)
  local known = redis.call('HMGET', key, 'seq', 'rev')
  local known_seq, known_rev = tonumber(known[1] or -1), tonumber(known[2] or -1)
  if seq > known_seq or (seq == known_seq and rev > known_rev) then
    redis.call('HSET', key, 'seq', seq, 'rev', rev, 'msg', message)
  end
  redis.call('EXPIRE', key, KEEP_S)
end

-- A replica that was promoted may lack the last of what its predecessor acknowledged: entries of the
-- log, or that somebody was removed. Its replication id is another, so this tells that something may
-- be missing. '' where scripts may not ask for it: then only time heals that (ROSTER_MS).
local function life_of_server()
  local info = redis.pcall('INFO', 'replication')
  return type(info) == 'string' and string.match(info, 'master_replid:(%x%x%x%x%x%x%x%x)') or ''
end

-- A roster, or false where none is known, or where it is not believed any more.
local function believed_roster(key, now)
  local known = redis.call('HMGET', key, 'until', 'roster', 'life')
  return tonumber(known[1] or 0) > now and known[3] == life_of_server() and known[2]
end

-- Epochs live in the log of changed rooms, as a member with a score that no time reaches: so neither
-- can be lost alone. Room ids cannot start with '='.
local EPOCH_SCORE = 8e15

-- How far back the log reaches.
local LOG_MS = 3600000

local function epoch_of(log, candidate)
  local last = redis.call('ZREVRANGE', log, 0, 0)[1]
  local epoch = candidate
  if last and string.sub(last, 1, 1) == '=' then
    epoch = string.sub(last, 2)
  else
    redis.call('ZADD', log, EPOCH_SCORE, '=' .. candidate)
  end
  return epoch .. life_of_server()
end
