-- The numbering of a topic: its epoch, and whether a log is the one that somebody has seen.
-- @include clock
-- @include entry

-- Whether a log that ends at `last` is not the one that somebody has seen up to `head`, with `mark` at offset `o`.
-- An id would not do: the retry of a lost notification may stand at its old offset behind others that are new.
local function hasDiverged(k, base, last, head, o, mark)
  if head > last or o > last then return true end
  return mark ~= '' and o > base and markOf(redis.call('LINDEX', k.log, int(o - base - 1))) ~= mark
end

-- Whether offsets of this epoch are offsets of the topic: of its epoch, or of one that it had before a failover.
local function isNumberedBy(k, epoch)
  local known = redis.call('HMGET', k.meta, 'epoch', 'former')
  return known[1] == epoch or (known[2] and string.find(known[2], epoch, 1, true) ~= nil)
end

-- Epoch and base of a topic, which there is from now on, how many sessions are connected, and its alarm.
local function numberingOf(k, candidate)
  local meta = redis.call('HMGET', k.meta, 'epoch', 'base', 'on', 'al')
  if meta[1] then return meta[1], tonumber(meta[2]) or 0, tonumber(meta[3]) or 0, tonumber(meta[4]) end
  redis.call('HSET', k.meta, 'epoch', candidate, 'base', '0')
  return candidate, 0, 0
end
