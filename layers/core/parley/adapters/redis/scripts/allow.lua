-- Counts an attempt, and tells whether the asking connection is known.
-- KEYS: 1 rate log, 2 connections of the tenant
-- ARGV: 1 now or '', 2 asking user, 3 its connection, 4 nonce, 5… windows (count, milliseconds)
-- Returns: 1 milliseconds to wait after a refusal, else 0; 2 whether the connection is known

local now = clock(ARGV[1])
local wait = 0
if #ARGV > 4 then
  wait = count_attempt(KEYS[1], now, ARGV[4], rest_of_argv(5))
end
local known = 0
local mine = redis.call('HGET', KEYS[2], ARGV[2])
for _, entry in ipairs(mine and cjson.decode(mine) or {}) do
  if entry.c == ARGV[3] and entry.u > now then
    known = 1
  end
end
return {wait, known}
