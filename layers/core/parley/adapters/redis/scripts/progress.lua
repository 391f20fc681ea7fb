-- Reads how far a room and its queue are.
-- KEYS: 1 head, 2 turn
-- ARGV: none
-- Returns: 1 head's seq or false, 2 the ticket served last or false

return {redis.call('HGET', KEYS[1], 'seq'), redis.call('HGET', KEYS[2], 'served')}
