-- Reads a range of a log.
-- KEYS  1 prefix
-- ARGV  1 name  2 first offset  3 maximum entries  4 maximum bytes  5 last readable offset or ''
-- Returns {epoch, base, head, first offset returned, entries}; offsets at or below base are gone
-- @include topic-keys
local k = keysOf(ARGV[1])
local base = baseOf(k)
local head = base + redis.call('LLEN', k.log)
local epoch = redis.call('HGET', k.meta, 'epoch') or ''
local from = math.max(tonumber(ARGV[2]), base + 1)
local to = math.min(head, from + tonumber(ARGV[3]) - 1, tonumber(ARGV[5]) or math.huge)
local entries = {}
if to >= from then
  local bytes, maxBytes = 0, tonumber(ARGV[4])
  for _, entry in ipairs(redis.call('LRANGE', k.log, int(from - base - 1), int(to - base - 1))) do
    bytes = bytes + #entry
    if bytes > maxBytes and #entries > 0 then break end
    entries[#entries + 1] = entry
  end
end
return { epoch, base, head, from, entries }
