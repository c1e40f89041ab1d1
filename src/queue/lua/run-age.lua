-- Returns the time since a job was last consumed.
-- KEYS  1 prefix
-- ARGV  –
-- Returns the age in ms, -1 if no job was consumed yet
-- @include clock
local consumedAt = tonumber(redis.call('GET', P .. 'canary'))
return consumedAt and nowMs() - consumedAt or -1
