-- Ends overdue deliveries that nothing has inspected since their expiry.
-- KEYS  1 prefix
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then pairs: id, name
-- Returns for each {epoch, ended as in `finishNoted`}
-- @include finish
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()
local out = {}
for i = 4, #ARGV, 2 do
  local id, k = ARGV[i], keysOf(ARGV[i + 1])
  local rec = redis.call('HMGET', recordKey(id, k.name), 'o', 'f')
  local ended = {}
  local terms = termsOf(rec[2])
  if rec[1] and terms.expires <= now then
    finishNoted(ended, k, tonumber(rec[1]), id, terms.policy, 'x', 'expired', now, limits)
  end
  out[#out + 1] = { redis.call('HGET', k.meta, 'epoch') or '', ended }
end
return out
