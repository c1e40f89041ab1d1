-- Takes an open or suspended session over.
-- KEYS  1 prefix
-- ARGV  1 session  2 user  3 app  4 node  5 generation it must have or ''  6 when it was asked for (ms), or ''
-- Returns {1, generation, {topic, mark, ...}}, {0} when it is gone, {-1} when it is somebody else's, {-2} when its client has a newer
--       connection than the one that asked
-- @include session
local record = load(ARGV[1])
if record.state ~= 'open' and record.state ~= 'suspended' then return { 0 } end
if ARGV[5] ~= '' and record.gen ~= ARGV[5] then return { 0 } end
if record.user ~= ARGV[2] or record.app ~= ARGV[3] then return { -1 } end
-- The time it was asked for is an estimate of this clock.
local TOLERANCE_MS = 200
if ARGV[6] ~= '' and record.state == 'open' and tonumber(record.since) > tonumber(ARGV[6]) + TOLERANCE_MS then return { -2 } end
local topics = topicsOf(record)
local generation = tonumber(record.gen) + 1
redis.call('HSET', sessionKey(ARGV[1]), 'node', ARGV[4], 'state', 'open', 'gen', int(generation), 'since', int(nowMs()))
-- One by one: `unpack` takes no more than some 8,000, and a session may have more topics.
for i = 1, #topics, 2 do redis.call('HSET', sessionKey(ARGV[1]), 't:' .. topics[i], UNKNOWN) end
redis.call('ZREM', EXPIRING, ARGV[1])
redis.call('SREM', heldKey(record.node), ARGV[1])
hold(ARGV[4], ARGV[1])
return { 1, generation, topics }
