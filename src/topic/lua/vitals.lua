-- Returns the state of a partition: age of the oldest unacknowledged delivery, dead letters, books.
-- Its cost does not grow with the data: it inspects only the earliest alarms, and the
-- earliest of the parked ones.
-- KEYS  1 prefix
-- ARGV  1 longest backoff ms  2 app whose topics are skipped, then apps
-- Returns {created ms of the oldest open delivery or '', letters, accepted, acked, expired,
--       cancelled, dead, unguarded}
-- @include quiet
-- @include topic-keys
local LOOKED_AT = 10
local skipped = 't:' .. ARGV[2] .. ':'
local oldest = math.huge

local function look(members)
  for _, member in ipairs(members) do
    if string.sub(member, 1, 2) == 't:' and string.sub(member, 1, #skipped) ~= skipped then
      local k = keysOf(string.sub(member, 3))
      local _, created = lowestOpen(k)
      if created then oldest = math.min(oldest, created) end
    end
  end
end
look(redis.call('ZRANGE', P .. 'alarms', 0, LOOKED_AT - 1))
look(redis.call('ZRANGEBYSCORE', P .. 'alarms', '(' .. int(nowMs() + tonumber(ARGV[1])), '+inf', 'LIMIT', 0, LOOKED_AT))

local sums = { 0, 0, 0, 0, 0, 0, 0 }
for i = 3, #ARGV do
  sums[1] = sums[1] + redis.call('ZCARD', P .. 'dead:' .. ARGV[i])
  local fields = redis.call('HMGET', P .. 'books:' .. ARGV[i],
    'accepted', 'acked', 'expired', 'cancelled', 'dead', 'unguarded')
  for j = 1, 6 do sums[j + 1] = sums[j + 1] + (tonumber(fields[j]) or 0) end
end
return { oldest == math.huge and '' or int(oldest), unpack(sums) }
