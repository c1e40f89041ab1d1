-- Alarms of topics.
-- @include clock

-- Wake times are rounded up, so that topics which are due together are woken by one job: to a second, or more finely if it is
-- near, where a second would be a large part of the wait.
local COARSE_MS, FINE_MS, NEAR_MS = 1000, 100, 5000

local function bucket(at, now)
  local grain = at - now < NEAR_MS and FINE_MS or COARSE_MS
  return math.ceil(at / grain) * grain
end

-- The alarm of a topic, or that it has none. It is kept beside the numbering as well, where an append finds it.
local function setAlarm(k, at)
  if at then
    redis.call('ZADD', P .. 'alarms', at, 't:' .. k.name)
    redis.call('HSET', k.meta, 'al', at)
  else
    redis.call('ZREM', P .. 'alarms', 't:' .. k.name)
    redis.call('HDEL', k.meta, 'al')
  end
end

-- Sets the topic's alarm if it has none, or a later one than `at`. Returns true when it was set.
local function alarm(k, at, current)
  if current and current <= at then return false end
  setAlarm(k, at)
  return true
end

-- A round of wakes is under way in a topic with much that is open (wake.lua): it was begun for others than are there now.
local function comeBackBy(k, at)
  local round = redis.call('HMGET', k.meta, 'looked', 'soonest')
  if round[1] and (tonumber(round[2]) or math.huge) > at then redis.call('HSET', k.meta, 'soonest', int(at)) end
end
