-- State of a delivery with its counts: frozen ones once it has ended, otherwise counted over the
-- current members.
-- KEYS  1 prefix
-- ARGV  1 id  2 name, '' if the id has one record, which names its topic
-- Returns {record as a flat list, recipients, acked, refused}
-- @include counts
-- @include numbering
-- @include terms
local id, name = ARGV[1], ARGV[2]
local record = redis.call('HGETALL', recordKey(id, name))
local rec = {}
for i = 1, #record, 2 do rec[record[i]] = record[i + 1] end
if rec.f then
  local terms = termsOf(rec.f)
  local plain = { p = terms.policy, t = int(terms.at), x = int(terms.expires) }
  for field, value in pairs(plain) do
    record[#record + 1] = field
    record[#record + 1] = value
  end
end
local k = keysOf(rec.k or name)
local recipients, acked, refused = tonumber(rec.R), tonumber(rec.A), tonumber(rec.N)
if rec.o and not recipients then
  if not isNumberedBy(k, rec.e) then
    local refusers = redis.call('HLEN', refusalsKey(id, k.name))
    recipients, acked, refused = refusers, 0, refusers
  else
    recipients, acked, refused = countOf(k, tonumber(rec.o), id, termsOf(rec.f).policy)
  end
end
return { record, recipients or 0, acked or 0, refused or 0 }
