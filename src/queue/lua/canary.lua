-- When a job was last consumed.
-- KEYS  1 prefix
-- ARGV  1 'sing' or 'listen'
-- Returns ms since the last song, -1 when there was none
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local key = KEYS[1] .. 'canary'
if ARGV[1] == 'sing' then redis.call('SET', key, string.format('%.0f', now)) end
local sung = tonumber(redis.call('GET', key))
return sung and now - sung or -1
