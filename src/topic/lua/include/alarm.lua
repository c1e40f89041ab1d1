-- Alarms of topics.
-- @include clock

-- Wake times are rounded up, so that topics which are due together are woken by one job.
local function bucket(at, now)
  local grain = 1000
  if at - now < 5000 then grain = 100 end
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
