-- Returns the heads of topics, and whether their logs are the ones that the caller has seen.
-- KEYS  1 prefix
-- ARGV  for each topic: name, head seen, offset and mark of an entry seen ('0' and '' for none)
-- Returns for each topic: epoch, head, 1 if it has diverged from what was seen
-- @include numbering
-- @include topic-keys
local out = {}
for i = 1, #ARGV, 4 do
  local k = keysOf(ARGV[i])
  local meta = redis.call('HMGET', k.meta, 'epoch', 'base')
  local base = tonumber(meta[2]) or 0
  local head = base + redis.call('LLEN', k.log)
  out[#out + 1] = meta[1] or ''
  out[#out + 1] = head
  out[#out + 1] = hasDiverged(k, base, head, tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), ARGV[i + 3]) and 1 or 0
end
return out
