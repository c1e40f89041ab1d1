-- Counts the dead letters of an app in one partition.
-- KEYS  1 prefix
-- ARGV  1 app
-- Returns the count
-- @include clock
return redis.call('ZCARD', P .. 'dead:' .. ARGV[1])
