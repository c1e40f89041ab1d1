-- Advances a scheduled notification: scheduled → releasing → accepted, or scheduled → cancelled. It
-- is never released before its time, since a worker whose clock is ahead asks too early.
-- KEYS  1 prefix
-- ARGV  1 id  2 'release' (begin), 'released' (done) or 'cancel'  3 retention ms
-- Returns its state afterwards, '' when there is no such notification
-- @include clock
local key, alarms, alarm = P .. 'n:' .. ARGV[1], P .. 'alarms', 'n:' .. ARGV[1]
local step, state = ARGV[2], redis.call('HGET', key, 's')

-- It needs no further work.
local function endIn(final)
  if final ~= state then redis.call('HSET', key, 's', final, 'z', int(nowMs())) end
  redis.call('ZREM', alarms, alarm)
  return final
end

if not state then
  redis.call('ZREM', alarms, alarm)
  return ''
end
if step == 'release' and state == 'scheduled' then
  local due = redis.call('ZSCORE', alarms, alarm)
  if due and tonumber(due) > nowMs() then return state end
  redis.call('HSET', key, 's', 'releasing')
  return 'releasing'
elseif step == 'released' and state == 'releasing' then
  return endIn('accepted')
elseif step == 'cancel' and state == 'scheduled' then
  redis.call('PEXPIRE', key, ARGV[3])
  return endIn('cancelled')
end
if state == 'releasing' or state == 'scheduled' then return state end
return endIn(state)
