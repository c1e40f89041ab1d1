-- The state of deliveries with their counts: frozen ones once ended, else counted over the present members.
-- KEYS  1 prefix
-- ARGV  pairs: id, name ('' where the id has one record, which names its topic)
-- Returns for each {record as a flat list, recipients, acked, refused}
-- @include counts
-- @include numbering
-- @include terms

local out = {}
for i = 1, #ARGV, 2 do
  local record = redis.call('HGETALL', recordKey(ARGV[i], ARGV[i + 1]))
  local rec = {}
  for j = 1, #record, 2 do rec[record[j]] = record[j + 1] end
  if rec.f then
    local terms = termsOf(rec.f)
    local plain = { p = terms.policy, t = int(terms.at), x = int(terms.expires) }
    for field, value in pairs(plain) do
      record[#record + 1] = field
      record[#record + 1] = value
    end
  end
  local k = keysOf(rec.k or ARGV[i + 1])
  local recipients, acked, refused = tonumber(rec.R), tonumber(rec.A), tonumber(rec.N)
  if rec.o and not recipients then
    if not isNumberedBy(k, rec.e) then
      local refusers = redis.call('HLEN', refusalsKey(ARGV[i], k.name))
      recipients, acked, refused = refusers, 0, refusers
    else
      recipients, acked, refused = countOf(k, tonumber(rec.o), ARGV[i], termsOf(rec.f).policy)
    end
  end
  out[#out + 1] = { record, recipients or 0, acked or 0, refused or 0 }
end
return out
