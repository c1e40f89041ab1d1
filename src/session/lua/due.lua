-- Returns sessions of a partition for the sweep: past their deadline, or held by a dead node.
-- KEYS  1 prefix
-- ARGV  1 maximum, then dead nodes
-- Returns {{expiring...}, {held by a dead node, node, ...}, {nodes that hold any...}}
-- @include session
local expiring = redis.call('ZRANGEBYSCORE', EXPIRING, '-inf', int(nowMs()), 'LIMIT', 0, tonumber(ARGV[1]))
local held = {}
for i = 2, #ARGV do
  for _, session in ipairs(redis.call('SRANDMEMBER', heldKey(ARGV[i]), tonumber(ARGV[1]))) do
    held[#held + 1] = session
    held[#held + 1] = ARGV[i]
  end
end
local holders = {}
for _, node in ipairs(redis.call('SMEMBERS', holdersKey())) do
  if redis.call('EXISTS', heldKey(node)) == 1 then
    holders[#holders + 1] = node
  else
    redis.call('SREM', holdersKey(), node)
  end
end
return { expiring, held, holders }
