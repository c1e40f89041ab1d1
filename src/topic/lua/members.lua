-- Returns one page of the sessions of a topic, by session id. It reads and sorts all of them for
-- each page, so it is for topics of users: these have at most MAX_SESSIONS_PER_USER sessions.
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
