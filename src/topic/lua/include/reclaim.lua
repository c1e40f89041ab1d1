-- Removal of empty topics.
-- @include clock

-- Removes a topic without members and entries, including its numbering.
local function reclaim(k)
  if redis.call('EXISTS', k.log, k.open, k.cur) == 0 then
    redis.call('DEL', k.meta, k.start, k.ahead, k.refused, k.past, k.skip, k.live)
    redis.call('ZREM', P .. 'alarms', 't:' .. k.name)
    return true
  end
  return false
end
