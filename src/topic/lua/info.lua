-- Returns the state of a topic.
-- KEYS  1 prefix
-- ARGV  1 name  2 '1' to list who is connected
-- Returns {epoch or '', base, head, members, connected sessions, {session, "<node> <user>", ...},
--       open deliveries}
-- @include quiet
local k = keysOf(ARGV[1])
local base = baseOf(k)
return {
  redis.call('HGET', k.meta, 'epoch') or '', base, base + redis.call('LLEN', k.log), redis.call('ZCARD', k.cur),
  redis.call('HLEN', k.live), ARGV[2] == '1' and redis.call('HGETALL', k.live) or {},
  openCount(k),
}
