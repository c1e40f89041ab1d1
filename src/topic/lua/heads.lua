-- Where the logs of some topics end.
-- KEYS  1 prefix
-- ARGV  1 '1' to write a beat (a confirm on the same connection then covers what was read), then names
-- Returns pairs: epoch, head
if ARGV[1] == '1' then redis.call('SET', P .. 'beat', int(nowMs())) end
local out = {}
for i = 2, #ARGV do
  local k = keysOf(ARGV[i])
  local meta = redis.call('HMGET', k.meta, 'epoch', 'base')
  out[#out + 1] = meta[1] or ''
  out[#out + 1] = (tonumber(meta[2]) or 0) + redis.call('LLEN', k.log)
end
return out
