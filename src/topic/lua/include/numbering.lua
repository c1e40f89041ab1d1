-- Numbering of a topic: its epoch, and whether a log is the one that was seen.
-- @include clock
-- @include entry
-- @include quiet

-- True if a log that ends at `last` is not the one that was seen up to `head`, with `mark` at
-- offset `o`. An id would not suffice: the retry of a lost notification may be at its old offset,
-- after new entries.
local function hasDiverged(k, base, last, head, o, mark)
  if head > last or o > last then return true end
  return mark ~= '' and o > base and markOf(redis.call('LINDEX', k.log, int(o - base - 1))) ~= mark
end

-- True if offsets of this epoch are valid in the topic: it is the current epoch, or one before a
-- failover.
local function isNumberedBy(k, epoch)
  local known = redis.call('HMGET', k.meta, 'epoch', 'former')
  return known[1] == epoch or (known[2] and string.find(known[2], epoch, 1, true) ~= nil)
end

-- Returns {epoch, base, number of connected sessions, alarm, member of a quiet topic, node of the
--       only connected session, '1' if anything is or was acknowledged beyond a cursor} of a topic,
--       each as text or false. Creates the numbering if it is missing.
local function numberingOf(k, candidate)
  local meta = redis.call('HMGET', k.meta, 'epoch', 'base', 'on', 'al', 'quiet', 'at', 'out')
  if meta[1] then return meta end
  if not isPersonal(k.name) then
    redis.call('HSET', k.meta, 'epoch', candidate, 'base', '0')
    return { candidate, '0', '0' }
  end
  redis.call('HSET', k.meta, 'epoch', candidate, 'base', '0', 'quiet', NOBODY_YET)
  return { candidate, '0', '0', false, NOBODY_YET }
end
