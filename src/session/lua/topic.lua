-- Adds a topic to a session's record (before it subscribes), or removes it (after it left).
-- KEYS  1 prefix
-- ARGV  1 session  2 generation or '' (any holder)  3 topic  4 'add' or 'remove'
-- Returns {1, user, node, state, app}, or {0} if the session is gone or has another generation
-- @include session
local record = load(ARGV[1])
if record.state ~= 'open' and record.state ~= 'suspended' then return { 0 } end
if ARGV[2] ~= '' and record.gen ~= ARGV[2] then return { 0 } end
if ARGV[4] == 'add' then
  redis.call('HSETNX', sessionKey(ARGV[1]), 't:' .. ARGV[3], UNKNOWN)
else
  redis.call('HDEL', sessionKey(ARGV[1]), 't:' .. ARGV[3])
end
return { 1, record.user, record.node, record.state, record.app }
