-- Records that a job was consumed just now.
-- KEYS  1 prefix
-- ARGV  –
-- Returns nothing
-- @include clock
redis.call('SET', P .. 'canary', int(nowMs()))
