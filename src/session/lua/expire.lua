-- Ends a session. The caller then leaves its topics and calls forget. Harmless when repeated.
-- KEYS  1 prefix
-- ARGV  1 session  2 app that must own it, or '' for the sweep (only after its deadline)  3 time
--       since which it must have been suspended, or ''
-- Returns {1, app, node, generation, {topic, mark, ...}} or {0}
-- @include session
local record = load(ARGV[1])
if not record.state then
  redis.call('ZREM', EXPIRING, ARGV[1])
  return { 0 }
end
if ARGV[3] ~= '' and (record.state ~= 'suspended' or record.since ~= ARGV[3]) then return { 0 } end
if ARGV[2] ~= '' then
  if record.app ~= ARGV[2] or record.state == 'expired' then return { 0 } end
elseif record.state ~= 'expired' then
  local deadline = tonumber(redis.call('ZSCORE', EXPIRING, ARGV[1]))
  if record.state ~= 'suspended' or not deadline or deadline > nowMs() then return { 0 } end
end
redis.call('HSET', sessionKey(ARGV[1]), 'state', 'expired')
redis.call('SREM', heldKey(record.node), ARGV[1])
redis.call('ZADD', EXPIRING, 0, ARGV[1])
return { 1, record.app, record.node, tonumber(record.gen), topicsOf(record) }
