-- Reads who asked to hear of certain people. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9… those people
-- Returns: '><user> <connection>' of each who did (see lib_presence.lua)

local found = {}
for _, user in ipairs(rest_of_argv(9)) do
  local from = '>' .. user
  local members = redis.call('ZRANGEBYLEX', SUBSCRIPTIONS, '[' .. from .. '\0', '(' .. from .. '\1')
  for _, member in ipairs(members) do
    found[#found + 1] = member
  end
end
return found
