-- Removes an expired session that has left its topics.
-- KEYS  1 prefix
-- ARGV  1 session
-- Returns 1 when it was removed
-- @include session
redis.call('ZREM', EXPIRING, ARGV[1])
if redis.call('HGET', sessionKey(ARGV[1]), 'state') ~= 'expired' then return 0 end
return redis.call('DEL', sessionKey(ARGV[1]))
