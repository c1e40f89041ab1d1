-- Creates a session held by a node.
-- KEYS  1 prefix
-- ARGV  1 session  2 user  3 app  4 node, then its topics
-- Returns nothing
-- @include session
local fields = { 'user', ARGV[2], 'app', ARGV[3], 'node', ARGV[4], 'state', 'open', 'gen', '1', 'since', int(nowMs()) }
for i = 5, #ARGV do
  fields[#fields + 1] = 't:' .. ARGV[i]
  fields[#fields + 1] = UNKNOWN
end
redis.call('HSET', sessionKey(ARGV[1]), unpack(fields))
hold(ARGV[4], ARGV[1])
