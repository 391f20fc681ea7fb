-- Takes another turn for a commit.
-- KEYS: 1 head, 2 turn
-- ARGV: 1 now or ''
-- Returns: 1 head's seq or false, 2 milliseconds until the turn

return {redis.call('HGET', KEYS[1], 'seq'), take_turn(KEYS[2], clock(ARGV[1]))}
