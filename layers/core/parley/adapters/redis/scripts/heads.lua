-- Reads heads.
-- KEYS: heads of rooms
-- ARGV: none
-- Returns: seq and message (or false) of each

local answer = {}
for i, key in ipairs(KEYS) do
  local head = redis.call('HMGET', key, 'seq', 'msg')
  answer[2 * i - 1] = head[1]
  answer[2 * i] = head[2]
end
return answer
