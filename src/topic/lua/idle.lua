-- Returns members of a topic that are not connected.
-- KEYS  1 prefix
-- ARGV  1 name  2 maximum
-- Returns sessions
-- @include topic-keys
local k = keysOf(ARGV[1])
local out = {}
for _, session in ipairs(redis.call('ZRANGE', k.cur, 0, -1)) do
  if #out >= tonumber(ARGV[2]) then break end
  if redis.call('HEXISTS', k.live, session) == 0 then out[#out + 1] = session end
end
return out
