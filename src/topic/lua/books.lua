-- Returns the books of an app in one partition, and counts its open deliveries independently.
-- KEYS  1 prefix
-- ARGV  1 app
-- Returns {accepted, acked, expired, cancelled, dead, unguarded, counted, counted ones in topics
--       where nobody is connected}
-- @include quiet
local app = ARGV[1]
local fields = redis.call('HMGET', P .. 'books:' .. app,
  'accepted', 'acked', 'expired', 'cancelled', 'dead', 'unguarded')
local counted, offline = 0, 0
local prefix = 't:' .. app .. ':'
for _, member in ipairs(redis.call('ZRANGE', P .. 'alarms', 0, -1)) do
  if string.sub(member, 1, #prefix) == prefix then
    local k = keysOf(string.sub(member, 3))
    local open = openCount(k)
    counted = counted + open
    if open > 0 and (tonumber(redis.call('HGET', k.meta, 'on')) or 0) == 0 then offline = offline + open end
  end
end
local out = {}
for i = 1, 6 do out[i] = tonumber(fields[i]) or 0 end
out[7] = counted
out[8] = offline
return out
