-- Returns since when sessions have been suspended.
-- KEYS  1 prefix
-- ARGV  sessions
-- Returns for each the time in ms, or '' if it is not suspended
-- @include session
local out = {}
for i = 1, #ARGV do
  local record = redis.call('HMGET', sessionKey(ARGV[i]), 'state', 'since')
  out[i] = record[1] == 'suspended' and record[2] or ''
end
return out
