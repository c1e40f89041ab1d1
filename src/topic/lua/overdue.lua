-- Alarms that rang a while ago.
-- KEYS  1 prefix
-- ARGV  1 grace ms  2 most
-- Returns members of the alarms: 't:<name>' topics, 'n:<id>' scheduled notifications
-- @include clock
return redis.call('ZRANGEBYSCORE', P .. 'alarms', '-inf', int(nowMs() - tonumber(ARGV[1])), 'LIMIT', 0, tonumber(ARGV[2]))
