-- Record of a delivery, with its counts unless it has ended: then they are in the record.
-- KEYS  1 prefix
-- ARGV  1 id  2 name, '' if the id has one record, which names its topic
-- Returns {record as a flat list, recipients, acked, refused}, without counts if it has ended
-- @include counts
-- @include numbering
-- @include record
local id, name = ARGV[1], ARGV[2]
local key = recordKey(id, name)
local record = redis.call('HGETALL', key)
local known = redis.call('HMGET', key, 'append', 'end')
local o, epoch, _, terms, topic = birthOf(known[1])
if not o or known[2] then return { record } end
local k = keysOf(topic)
if not isNumberedBy(k, epoch) then
  local refusers = redis.call('HLEN', refusalsKey(id, k.name))
  return { record, refusers, 0, refusers }
end
index(k)
return { record, countOf(k, o, id, termsOf(terms).policy) }
