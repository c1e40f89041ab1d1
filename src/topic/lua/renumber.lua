-- Gives a topic a new epoch after a failover has lost entries that were seen. Entries keep their
-- offsets, and offsets that were seen are never reused. Only a call with the current epoch wins.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch under which it was seen  3 new epoch  4 head seen  5 offset and  6 mark of
--       an entry seen ('0' and '')
-- Returns the epoch afterwards, '' if the topic no longer exists
-- @include numbering
-- @include quiet
-- @include topic-keys
local k = keysOf(ARGV[1])
local known = redis.call('HMGET', k.meta, 'epoch', 'former')
local epoch, seen = known[1], tonumber(ARGV[4])
local base = baseOf(k)
local head = base + redis.call('LLEN', k.log)
if epoch ~= ARGV[2] or not hasDiverged(k, base, head, seen, tonumber(ARGV[5]), ARGV[6]) then return epoch or '' end
index(k)
-- A few former epochs suffice: they serve lookups of records, which do not live forever.
local former = string.sub(epoch .. ' ' .. (known[2] or ''), 1, 8 * (#epoch + 1))
redis.call('HSET', k.meta, 'epoch', ARGV[3], 'former', former)
for _ = head + 1, seen do
  redis.call('RPUSH', k.log, 'x' .. NOBODY .. 'lost')
end
return ARGV[3]
