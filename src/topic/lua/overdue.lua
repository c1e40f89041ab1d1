-- Returns alarms that have been overdue for a while.
-- KEYS  1 prefix
-- ARGV  1 grace ms  2 maximum
-- Returns members of the alarms: 't:<name>' for topics, 'n:<id>' for scheduled notifications
-- @include clock
local due = int(nowMs() - tonumber(ARGV[1]))
return redis.call('ZRANGEBYSCORE', P .. 'alarms', '-inf', due, 'LIMIT', 0, tonumber(ARGV[2]))
