-- Lets one receipt of a reader through in a second, and one flush after it.
-- KEYS: 1 state of the reader in the room
-- ARGV: 1 now or '', 2 '1' for a flush of what was held back
-- Returns: now, later or never

local now = clock(ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'until', 'asked')
local answer = 'now'
if tonumber(state[1] or 0) <= now then
  redis.call('HSET', KEYS[1], 'until', now + 1000, 'asked', '')
elseif state[2] == '' or ARGV[2] == '1' then
  redis.call('HSET', KEYS[1], 'asked', '1')
  answer = 'later'
else
  answer = 'never'
end
redis.call('EXPIRE', KEYS[1], 60)
return answer
