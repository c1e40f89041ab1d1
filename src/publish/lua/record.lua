-- Writes the record of a notification with several targets, or of a scheduled one, once.
-- KEYS  1 prefix
-- ARGV  1 id  2 'accepted' or 'scheduled'  3 expires ms  4 retention ms  5 release ms or ''  6
--       payload JSON
-- Returns its state, 'void' if its key has gone to another request
local key = KEYS[1] .. 'n:' .. ARGV[1]
local record = redis.call('HMGET', key, 's', 'append')
local state = record[1]
if record[2] then return 'void' end
if state then
  redis.call('HSET', key, 's', state)
  return state
end
redis.call('HSET', key, 's', ARGV[2], 'j', ARGV[6])
redis.call('PEXPIREAT', key, string.format('%.0f', tonumber(ARGV[3]) + tonumber(ARGV[4])))
if ARGV[5] ~= '' then redis.call('ZADD', KEYS[1] .. 'alarms', ARGV[5], 'n:' .. ARGV[1]) end
return ARGV[2]
