-- Returns one page of the sessions of a topic, by session id.
-- KEYS  1 prefix
-- ARGV  1 name  2 session to start after or ''  3 maximum
-- Returns sessions
-- @include topic-keys
local sessions = redis.call('ZRANGE', keysOf(ARGV[1]).cur, 0, -1)
table.sort(sessions)
local out = {}
for _, session in ipairs(sessions) do
  if #out >= tonumber(ARGV[3]) then break end
  if session > ARGV[2] then out[#out + 1] = session end
end
return out
