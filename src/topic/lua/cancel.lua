-- Cancels a delivery that nobody has acknowledged yet and whose time is not over.
-- KEYS  1 prefix
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap  4 id  5 name
-- Returns {1 cancelled | 0 too late | -1 unknown, epoch, ended as of `finishNoted`}
-- @include finish
-- @include numbering
-- @include quiet
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local id, k = ARGV[4], keysOf(ARGV[5])
local o, epoch, _, terms = birthOf(redis.call('HGET', recordKey(id, k.name), 'append'))
if not o then return { -1, '', {} } end
-- A trimmed offset is gone, one of another numbering belongs to another notification by now.
local present = o > baseOf(k) and isNumberedBy(k, epoch)
local ended = {}
local policy = termsOf(terms).policy
if present then index(k) end
local became = present and isUntouched(k, o, id, policy)
  and finishNoted(ended, k, o, id, policy, 'c', 'cancelled', nowMs(), limits)
return { became == 'c' and 1 or 0, redis.call('HGET', k.meta, 'epoch') or '', ended }
