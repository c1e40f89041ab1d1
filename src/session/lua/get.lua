-- Returns the records of sessions.
-- KEYS  1 prefix
-- ARGV  sessions
-- Returns each record as a flat list
-- @include session
local out = {}
for i = 1, #ARGV do out[i] = redis.call('HGETALL', sessionKey(ARGV[i])) end
return out
