-- Alarms of topics.
-- @include clock

-- Wake times are rounded up, so that topics which are due together are woken by one job: to a
-- second, or more finely if it is near, where a second would be a large part of the wait.
local COARSE_MS, FINE_MS, NEAR_MS = 1000, 100, 5000

local function bucket(at, now)
  local grain = at - now < NEAR_MS and FINE_MS or COARSE_MS
  return math.ceil(at / grain) * grain
end

-- Sets the alarm of a topic, or removes it. It is also stored beside the numbering, where an append
-- reads it.
local function setAlarm(k, at)
  if at then
    redis.call('ZADD', P .. 'alarms', at, 't:' .. k.name)
    redis.call('HSET', k.meta, 'al', at)
  else
    redis.call('ZREM', P .. 'alarms', 't:' .. k.name)
    redis.call('HDEL', k.meta, 'al')
  end
end

-- Sets the alarm of a topic if it has none or a later one than `at`. Returns true if it was set.
local function alarm(k, at, current)
  if current and current <= at then return false end
  setAlarm(k, at)
  return true
end

-- Adds a new deadline to a round of wakes in a large topic (wake.lua), which began before the
-- delivery.
local function comeBackBy(k, at)
  local round = redis.call('HMGET', k.meta, 'looked', 'soonest')
  if round[1] and (tonumber(round[2]) or math.huge) > at then redis.call('HSET', k.meta, 'soonest', int(at)) end
end
