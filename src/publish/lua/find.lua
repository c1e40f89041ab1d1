-- Returns the record of a notification with several targets, or of a scheduled one.
-- KEYS  1 prefix
-- ARGV  1 id
-- Returns {state, payload JSON, ended ms or ''}, empty if there is none
local record = redis.call('HMGET', KEYS[1] .. 'n:' .. ARGV[1], 's', 'j', 'z')
if not record[2] then return {} end
return { record[1], record[2], record[3] or '' }
