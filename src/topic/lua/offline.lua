-- Marks a session as no longer connected to a node; its cursor stays. No effect if another node has
-- it by now.
-- KEYS  1 prefix
-- ARGV  1 node  2 name  3 session
-- Returns nothing
-- @include members
-- @include topic-keys
local k = keysOf(ARGV[2])
local at = redis.call('HGET', k.live, ARGV[3])
if at and string.match(at, '^%S+') == ARGV[1] then disconnect(k, ARGV[3]) end
