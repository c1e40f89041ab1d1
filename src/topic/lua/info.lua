-- What is known of a topic.
-- KEYS  1 prefix
-- ARGV  1 name
-- Returns {epoch or '', base, head, members, live {session, "<node> <user>", ...}}
local k = keysOf(ARGV[1])
local base = baseOf(k)
return {
  redis.call('HGET', k.meta, 'epoch') or '', base, base + redis.call('LLEN', k.log), redis.call('ZCARD', k.cur),
  redis.call('HGETALL', k.live),
}
