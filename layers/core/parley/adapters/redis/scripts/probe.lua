-- Everything that an operation in a room needs to know first, in one round trip.
-- KEYS: 1 roster, 2 head, 3 turn, 4 connections of the tenant, 5 its spaces (lib.lua), 6 rate log (only
--       with windows)
-- ARGV: 1 now or '', 2 asking user and 3 connection ('' when kept in another tenant),
--       4 '1' takes a turn if the user is known to be in the room, 5 nonce, 6 tags of the spaces of the
--       user's token (only with 4), 7 of how many people connections are returned at most or '',
--       8… windows (count, milliseconds)
-- Returns: 1 milliseconds to wait after a refusal, else 0; then 2 now, 3 whether the connection is
--       known, 4 head's seq or false, 5 the turn (ticket, how many are ahead, milliseconds of a
--       commit) or false, 6 roster or false, 7 connections by member (JSON); of a room of a
--       space also some that do not name it, 8 whether they were too many

local now = clock(ARGV[1])
if #ARGV > 7 then
  local refused = count_attempt(KEYS[6], now, ARGV[5], rest_of_argv(8))
  if refused > 0 then
    return {refused}
  end
end

local answer = {
  0, now, 0,
  redis.call('HGET', KEYS[2], 'seq'),
  false,
  believed_roster(KEYS[1], now),
  '{}',
  0,
}

local mine = ARGV[3] ~= '' and redis.call('HGET', KEYS[4], ARGV[2])
if mine then
  for _, entry in ipairs(cjson.decode(mine)) do
    if entry.c == ARGV[3] and entry.u > now then
      answer[3] = 1
    end
  end
end

local roster = answer[6] and cjson.decode(answer[6]) or {}
if not roster.members then
  return answer
end
-- Of an open room: the tag of its space, '' for everybody of the tenant.
local tag = roster.room.tag
local is_in = roster.members[ARGV[2]]
if tag then
  is_in = ARGV[2] ~= '' and string.find(ARGV[6], tag, 1, true)
end
if ARGV[4] == '1' and is_in then
  answer[5] = take_turn(KEYS[3])
end
if ARGV[7] ~= '' then
  local people = roster.room.count
  if tag then
    people = math.max(people, count_people(KEYS[4], KEYS[5], tag))
  end
  if people > tonumber(ARGV[7]) then
    answer[8] = 1
    return answer
  end
end
if tag then
  answer[7] = entries_of_space(KEYS[4], KEYS[5], tag)
else
  local users = {}
  for user in pairs(roster.members) do
    users[#users + 1] = user
  end
  answer[7] = entries_of_users(KEYS[4], users)
end
return answer
