-- The state of deliveries with their counts: frozen ones once ended, else counted over the present members.
-- KEYS  1 prefix
-- ARGV  pairs: id, name ('' where the id has one record, which names its topic)
-- Returns for each {record as a flat list, recipients, acked, refused}

-- One that asks for no acknowledgement never ends, so it is not frozen: whoever was told that it is gone has not acknowledged it, whoever
-- came after others had it is none of its recipients, and who refused it may have left.
local function countUnguarded(k, o, id)
  local recipients, done = count(k, o)
  local _, skippers = holdersOf(k.skip, o)
  local _, passers = holdersOf(k.past, o)
  local marks = redis.call('ZCOUNT', k.refused, int(o), int(o))
  local refusers, present = redis.call('HKEYS', refusalsKey(id, k.name)), 0
  for _, session in ipairs(refusers) do
    local start = tonumber(redis.call('ZSCORE', k.start, session))
    if start and start < o then present = present + 1 end
  end
  return recipients - skippers + #refusers - present, done + marks - skippers - passers - present, #refusers
end

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
    elseif rec.s == 'u' then
      recipients, acked, refused = countUnguarded(k, tonumber(rec.o), ARGV[i])
    else
      recipients, acked, refused = count(k, tonumber(rec.o))
    end
  end
  out[#out + 1] = { record, recipients or 0, acked or 0, refused or 0 }
end
return out
