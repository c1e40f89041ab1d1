-- Removes an expired session that has left its topics.
-- KEYS  1 prefix
-- ARGV  1 session
-- Returns nothing
-- @include session
redis.call('ZREM', EXPIRING, ARGV[1])
if redis.call('HGET', sessionKey(ARGV[1]), 'state') == 'expired' then redis.call('DEL', sessionKey(ARGV[1])) end
