-- Moves a scheduled notification on: scheduled → releasing → accepted, or scheduled → cancelled. Before its time it is not
-- released: a worker whose clock is ahead asks too early.
-- KEYS  1 prefix
-- ARGV  1 id  2 'release' (begin), 'released' (done) or 'cancel'  3 retention ms
-- Returns its state afterwards, '' when there is no such notification
local key = KEYS[1] .. 'n:' .. ARGV[1]
local state = redis.call('HGET', key, 's')
if not state then
  redis.call('ZREM', KEYS[1] .. 'alarms', 'n:' .. ARGV[1])
  return ''
end
local t = redis.call('TIME')
local now = string.format('%.0f', t[1] * 1000 + math.floor(t[2] / 1000))
if ARGV[2] == 'release' and state == 'scheduled' then
  local due = redis.call('ZSCORE', KEYS[1] .. 'alarms', 'n:' .. ARGV[1])
  if due and tonumber(due) > tonumber(now) then return state end
  redis.call('HSET', key, 's', 'releasing')
  return 'releasing'
elseif ARGV[2] == 'released' and state == 'releasing' then
  redis.call('HSET', key, 's', 'accepted', 'z', now)
  redis.call('ZREM', KEYS[1] .. 'alarms', 'n:' .. ARGV[1])
  return 'accepted'
elseif ARGV[2] == 'cancel' and state == 'scheduled' then
  redis.call('HSET', key, 's', 'cancelled', 'z', now)
  redis.call('PEXPIRE', key, ARGV[3])
  redis.call('ZREM', KEYS[1] .. 'alarms', 'n:' .. ARGV[1])
  return 'cancelled'
end
if state ~= 'releasing' and state ~= 'scheduled' then redis.call('ZREM', KEYS[1] .. 'alarms', 'n:' .. ARGV[1]) end
return state
