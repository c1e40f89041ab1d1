-- Suspends a session whose socket is gone. Only its holder may do so, or the reaper of its node
-- (without a generation).
-- KEYS  1 prefix
-- ARGV  1 session  2 node  3 generation or ''  4 ttl ms, then pairs: topic, mark
-- Returns {1, app, topics...}, or {0} if the caller does not hold it
-- @include session
local record = load(ARGV[1])
if record.state ~= 'open' or record.node ~= ARGV[2] then
  redis.call('SREM', heldKey(ARGV[2]), ARGV[1])
  return { 0 }
end
if ARGV[3] ~= '' and record.gen ~= ARGV[3] then return { 0 } end
local now = nowMs()
redis.call('HSET', sessionKey(ARGV[1]), 'state', 'suspended', 'since', int(now))
for i = 5, #ARGV, 2 do
  if record['t:' .. ARGV[i]] then redis.call('HSET', sessionKey(ARGV[1]), 't:' .. ARGV[i], ARGV[i + 1]) end
end
redis.call('SREM', heldKey(ARGV[2]), ARGV[1])
redis.call('ZADD', EXPIRING, int(now + tonumber(ARGV[4])), ARGV[1])
local out = { 1, record.app }
local topics = topicsOf(record)
for i = 1, #topics, 2 do out[#out + 1] = topics[i] end
return out
