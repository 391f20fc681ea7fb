-- Ends a claim: its changes were told. KEYS, ARGV 1-8: lib_presence.lua
-- ARGV: 9 the end of the claim (ms), 10… the people who changed
-- Returns: 1

for _, user in ipairs(rest_of_argv(10)) do
  -- Whose claim ran out may have been taken by somebody else since.
  if tonumber(redis.call('ZSCORE', TAKEN, user)) == tonumber(ARGV[9]) then
    redis.call('ZREM', TAKEN, user)
  end
end
return 1
