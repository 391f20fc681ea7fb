-- Reads what is known of users. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… users
-- Returns: 1 now, 2 entries, 3 profiles and 4 when last seen (ms) by user (JSON), 5… user and status of
--       each who is shown otherwise than their entries say

local users = rest_of_argv(9)
local entries = chunked('HMGET', CONNS, users)
local answer = {
  now,
  object_of(users, entries),
  object_of(users, chunked('HMGET', PEOPLE, users)),
  object_of(users, chunked('HMGET', SEEN, users)),
}
for user, status in pairs(contradict(users, entries)) do
  answer[#answer + 1] = user
  answer[#answer + 1] = status
end
return answer
