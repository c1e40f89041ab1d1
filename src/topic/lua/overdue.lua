-- Returns alarms that have been overdue for a while.
-- KEYS  1 prefix
-- ARGV  1 grace ms  2 maximum
-- Returns members of the alarms: 't:<name>' for topics, 'n:<id>' for scheduled notifications
-- @include clock
return redis.call('ZRANGEBYSCORE', P .. 'alarms', '-inf', int(nowMs() - tonumber(ARGV[1])), 'LIMIT', 0, tonumber(ARGV[2]))
