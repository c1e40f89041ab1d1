-- Returns one page of the open deliveries of a topic, by offset.
-- KEYS  1 prefix
-- ARGV  1 name  2 offset to start after  3 maximum
-- Returns for each {offset, id, created ms, expires ms, attempts, online at the append, entry text
--       before its data}
-- @include quiet
-- @include record
-- @include topic-keys
local k = keysOf(ARGV[1])
index(k)
local base = baseOf(k)
local out = {}
local open = redis.call('ZRANGEBYSCORE', k.open, '(' .. ARGV[2], '+inf', 'WITHSCORES', 'LIMIT', 0, tonumber(ARGV[3]))
for i = 1, #open, 2 do
  local o, id = tonumber(open[i + 1]), string.sub(open[i], 2)
  local rec = redis.call('HMGET', recordKey(id, k.name), 'append', 'n')
  local body = bodyOf(redis.call('LINDEX', k.log, o - base - 1) or '')
  -- Every quote within a JSON string is preceded by a backslash, so this only matches where data
  -- begins.
  local ends = string.find(body, '","data":', 1, true) or 0
  local _, _, online, text = birthOf(rec[1])
  local terms = termsOf(text)
  out[#out + 1] = { o, id, terms.at, terms.expires, rec[2] or '0', online or 0, string.sub(body, 1, ends) }
end
return out
