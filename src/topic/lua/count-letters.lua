-- How many dead letters an app has in one partition.
-- KEYS  1 prefix
-- ARGV  1 app
-- @include clock
return redis.call('ZCARD', P .. 'dead:' .. ARGV[1])
