-- Takes over an open or suspended session.
-- KEYS  1 prefix
-- ARGV  1 session  2 user  3 app  4 node  5 required generation or ''  6 time of the request (ms),
--       or ''
-- Returns {1, generation, {topic, mark, ...}}, {0} if it is gone, {-1} if it belongs to another
--       user, {-2} if its client has a newer connection than the requesting one
-- @include session
local record = load(ARGV[1])
if record.state ~= 'open' and record.state ~= 'suspended' then return { 0 } end
if ARGV[5] ~= '' and record.gen ~= ARGV[5] then return { 0 } end
if record.user ~= ARGV[2] or record.app ~= ARGV[3] then return { -1 } end
-- The time of the request is an estimate of this clock.
local TOLERANCE_MS = 200
if ARGV[6] ~= '' and record.state == 'open' and tonumber(record.since) > tonumber(ARGV[6]) + TOLERANCE_MS then
  return { -2 }
end
local topics = topicsOf(record)
local generation = tonumber(record.gen) + 1
redis.call('HSET', sessionKey(ARGV[1]), 'node', ARGV[4], 'state', 'open', 'gen', int(generation), 'since', int(nowMs()))
-- One by one, because `unpack` takes about 8,000 values at most and a session may have more topics.
for i = 1, #topics, 2 do redis.call('HSET', sessionKey(ARGV[1]), 't:' .. topics[i], UNKNOWN) end
redis.call('ZREM', EXPIRING, ARGV[1])
redis.call('SREM', heldKey(record.node), ARGV[1])
hold(ARGV[4], ARGV[1])
return { 1, generation, topics }
