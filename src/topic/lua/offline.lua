-- A session is no longer connected at a node; its cursor stays. No effect when another node has it by now.
-- KEYS  1 prefix
-- ARGV  1 node, then pairs: name, session
-- Returns how many were taken off
-- @include members
-- @include topic-keys
local removed = 0
for i = 2, #ARGV, 2 do
  local k = keysOf(ARGV[i])
  local at = redis.call('HGET', k.live, ARGV[i + 1])
  if at and string.match(at, '^%S+') == ARGV[1] then
    removed = removed + disconnect(k, ARGV[i + 1])
  end
end
return removed
