-- Ends overdue deliveries that nothing has inspected since their expiry.
-- KEYS  1 prefix
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then pairs: id, name
-- Returns for each {epoch, ended as in `finishNoted`}
-- @include finish
-- @include quiet
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()
local out = {}
for i = 4, #ARGV, 2 do
  local id, k = ARGV[i], keysOf(ARGV[i + 1])
  local o, _, _, text = birthOf(redis.call('HGET', recordKey(id, k.name), 'append'))
  local ended = {}
  local terms = termsOf(text)
  if o and terms.expires <= now then
    index(k)
    finishNoted(ended, k, o, id, terms.policy, 'x', 'expired', now, limits)
  end
  out[#out + 1] = { redis.call('HGET', k.meta, 'epoch') or '', ended }
end
return out
