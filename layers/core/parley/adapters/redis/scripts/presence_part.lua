-- Reads the connections of some people of a tenant. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 tag of a space that they must name, or '', 10 cursor ('' at first), 11 about how many people
-- Returns: 1 now, 2 entries by user (JSON), also some that do not name it, 3 the next cursor, '' at the
--       end

local tag, cursor, count = ARGV[9], ARGV[10], tonumber(ARGV[11])
if tag == '' then
  local page = redis.call('HSCAN', CONNS, cursor == '' and '0' or cursor, 'COUNT', count)
  local users, entries = {}, {}
  for i = 1, #page[2], 2 do
    users[#users + 1], entries[#entries + 1] = page[2][i], page[2][i + 1]
  end
  return {now, object_of(users, entries), page[1] == '0' and '' or page[1]}
end

-- Who was the last one stays a place to go on from, also when that person has left.
local from = cursor == '' and first_of_space(tag) or '(' .. tag .. '\0' .. cursor
local users = users_of_space(SPACES, tag, from, count)
local following = #users == count and users[#users] or ''
return {now, entries_of_users(CONNS, users), following}
