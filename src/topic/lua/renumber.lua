-- Gives a topic a new epoch after a failover has unwritten what somebody has seen; its entries keep their offsets, and
-- those that were seen are not given away again. One winner: only from the epoch under which they were seen.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch under which it was seen  3 new epoch  4 head seen  5 offset and  6 mark of an entry seen ('0' and '')
-- Returns the epoch afterwards, '' where there is no such topic any more
-- @include numbering
-- @include topic-keys
local k = keysOf(ARGV[1])
local known = redis.call('HMGET', k.meta, 'epoch', 'former')
local epoch, seen = known[1], tonumber(ARGV[4])
local base = baseOf(k)
local head = base + redis.call('LLEN', k.log)
if epoch ~= ARGV[2] or not hasDiverged(k, base, head, seen, tonumber(ARGV[5]), ARGV[6]) then return epoch or '' end
-- A few are enough: what was accepted under them is looked up by the records, which do not live for ever.
local former = string.sub(epoch .. ' ' .. (known[2] or ''), 1, 8 * (#epoch + 1))
redis.call('HSET', k.meta, 'epoch', ARGV[3], 'former', former)
for _ = head + 1, seen do
  redis.call('RPUSH', k.log, 'x' .. NOBODY .. 'lost')
end
return ARGV[3]
