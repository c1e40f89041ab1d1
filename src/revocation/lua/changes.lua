-- Returns changes of revocations in order.
-- KEYS  1 prefix
-- ARGV  1 number of the last known change, 0 for all  2 maximum
-- Returns {number, name, value, ...}
-- @include revocation
local changed = redis.call('ZRANGEBYSCORE', CHANGED, '(' .. ARGV[1], '+inf', 'WITHSCORES', 'LIMIT', 0, ARGV[2])
local out = {}
for i = 1, #changed, 2 do
  out[#out + 1] = changed[i + 1]
  out[#out + 1] = changed[i]
  out[#out + 1] = redis.call('HGET', ITEMS, changed[i])
end
return out
