-- Shared by every topic script (included at load). Every key of a script starts with a declared
-- prefix "<prefix>:{p}:". On a Cluster there is one, so all keys are in one hash slot; elsewhere a script may serve the topics of
-- several partitions, and P is that of the one it is at. docs/redis.md lists the keys.
local P = KEYS[1]

local function nowMs()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Lua prints large numbers with 14 digits; milliseconds have 13, offsets may have more.
local function int(n)
  return string.format('%.0f', n)
end

-- The keys of a topic: log, meta, cur, start, ahead, refused, past, skip, open and live, each made when it is first needed.
local KEYS_OF_TOPIC = {
  __index = function(k, suffix)
    local key = k.prefix .. suffix
    k[suffix] = key
    return key
  end,
}

local function keysOf(name)
  return setmetatable({ name = name, app = string.match(name, '^[^:]+'), prefix = P .. 't:' .. name .. ':' }, KEYS_OF_TOPIC)
end

-- Ids of kind 'm' have one key of a kind for each of their targets, all others a single one.
local function deliveryKey(kind, id, name)
  if string.byte(id, 1) == 109 then return P .. kind .. id .. ':' .. name end
  return P .. kind .. id
end

local function recordKey(id, name)
  return deliveryKey('n:', id, name)
end

-- Who refused a delivery: session -> user, attempt and reason, one a line.
local function refusalsKey(id, name)
  return deliveryKey('refusals:', id, name)
end

local function isPersonal(name)
  local kind = string.match(name, '^[^:]+:(%a+):')
  return kind == 'user' or kind == 'session'
end

-- Whom a delivery was sent again: session -> how often it was sent it, and when its ack wait is over, in one number. Attempts beyond
-- the most count as the most, but one who sent the last one back has made one more and waits for nothing. They end with the delivery.
local ATTEMPT = 4e12
local function triesKey(id, name)
  return deliveryKey('tries:', id, name)
end

-- The highest offset of which there are, or were, tries: an ack of what lies above has nothing to look for.
local function triedOf(k)
  local tried = rawget(k, 'tried') or tonumber(redis.call('HGET', k.meta, 'tried')) or 0
  k.tried = tried
  return tried
end

local function try(k, o, id, session, attempt, due)
  redis.call('ZADD', triesKey(id, k.name), 'GT', int(attempt * ATTEMPT + due), session)
  if o <= triedOf(k) then return end
  k.tried = o
  redis.call('HSET', k.meta, 'tried', int(o))
end

-- How many have used up their attempts and the wait behind the last one, and how many have used them up.
local function spentOf(k, o, id, most, now)
  if o > triedOf(k) then return 0, 0 end
  local key, from = triesKey(id, k.name), most * ATTEMPT
  local back = redis.call('ZCOUNT', key, int(from + ATTEMPT), '+inf')
  return redis.call('ZCOUNT', key, int(from), int(from + now)) + back, redis.call('ZCOUNT', key, int(from), '+inf')
end

local function baseOf(k)
  return tonumber(redis.call('HGET', k.meta, 'base')) or 0
end

-- Entry: priority(1: h, e or l) policy(1) expiresAt(8) id(21) mark(8) at(8) body. Placeholder: 'x' id(21) mark(8) reason. Times are milliseconds in
-- base 36. The mark is drawn for each append: a log that holds the same mark at the same offset is the same log up to there.
local function timeOf(text, from)
  return tonumber(string.sub(text, from, from + 7), 36)
end

local PRIORITY_LETTER = { high = 'h', low = 'l' }
local function entryOf(id, mark, priority, terms, body)
  return (PRIORITY_LETTER[priority] or 'e') .. string.sub(terms, 1, 9) .. id .. mark .. string.sub(terms, 10, 17) .. body
end

local function idOf(entry)
  return string.sub(entry, 11, 31)
end

local function bodyOf(entry)
  return string.sub(entry, 48)
end

local function isPlaceholder(entry)
  return string.byte(entry, 1) == 120
end

local function markOf(entry)
  if isPlaceholder(entry) then return string.sub(entry, 23, 30) end
  return string.sub(entry, 32, 39)
end

-- Stands where a failover has unwritten an entry that somebody may have seen: its offset is not given away again.
local NOBODY = string.rep('0', 29)

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

-- What was agreed for a delivery, one field of its record: policy(1) expiresAt(8) at(8) ackWait ' ' maxAttempts. A delivery
-- whose record is gone counts as expired.
local NO_TERMS = 'a' .. string.rep('0', 16) .. '0 0'

local function termsOf(text)
  text = text or NO_TERMS
  local wait, most = string.match(text, '^(%d+) (%d+)$', 18)
  return {
    policy = string.sub(text, 1, 1), expires = timeOf(text, 2), at = timeOf(text, 10),
    wait = tonumber(wait), most = tonumber(most),
  }
end

-- The traceparent that ends the body of an entry which is traced.
local function traceOf(entry)
  return string.match(string.sub(entry, -72), '^,"traceparent":"([%x%-]+)"$')
end

local function expiryOf(entry)
  return timeOf(entry, 3)
end

-- Whether an entry can no longer be acknowledged: it has ended otherwise, or its time is over.
local function isGone(entry, now)
  return isPlaceholder(entry) or expiryOf(entry) <= now
end

-- What a script of many topics counts is added up, and written by `flushBooks` before it returns.
local booked

local function bookTogether()
  booked = {}
end

local function book(app, field, n)
  local key = P .. 'books:' .. app
  if not booked then return redis.call('HINCRBY', key, field, n) end
  local fields = booked[key] or {}
  booked[key] = fields
  fields[field] = (fields[field] or 0) + n
end

local function flushBooks()
  for key, fields in pairs(booked) do
    for field, n in pairs(fields) do redis.call('HINCRBY', key, field, n) end
  end
end

-- epoch, base, on, out and al; what is more may be collapse keys.
local PLAIN_FIELDS = 5

-- Removes the low end of a log: ended entries that every known session has passed (personal topics), or that
-- have expired. Readers are told of a trimmed range by `base`.
local function trim(k, now, base)
  base = base or baseOf(k)
  local length = redis.call('LLEN', k.log)
  if length == 0 then return end
  local personal = isPersonal(k.name)
  local lowestOpen = tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2]) or math.huge
  local passed = 0
  if personal then passed = tonumber(redis.call('ZRANGE', k.cur, 0, 0, 'WITHSCORES')[2]) or math.huge end
  local limit = math.min(base + length, lowestOpen - 1, base + 2000)
  local to = math.max(base, math.min(limit, passed))
  while to < limit do
    local entry = redis.call('LINDEX', k.log, to - base)
    if isPlaceholder(entry) then
      if personal then break end
    elseif expiryOf(entry) > now then
      break
    end
    to = to + 1
  end
  if to > base then
    redis.call('LTRIM', k.log, to - base, -1)
    redis.call('HSET', k.meta, 'base', int(to))
    redis.call('ZREMRANGEBYSCORE', k.refused, '-inf', int(to))
    if redis.call('HLEN', k.meta) > PLAIN_FIELDS then
      local meta = redis.call('HGETALL', k.meta)
      for i = 1, #meta, 2 do
        if string.sub(meta[i], 1, 2) == 'c:' and tonumber(meta[i + 1]) <= to then redis.call('HDEL', k.meta, meta[i]) end
      end
    end
  end
end

-- Notes what happened to a delivery on its way, for whoever looks it up: the last ones, one a line, `kind ms attempt reason`.
local MAX_NOTES = 20
local function note(record, kind, now, attempt, reason)
  local known = redis.call('HGET', record, 'tl')
  local line = kind .. ' ' .. int(now) .. ' ' .. int(attempt) .. ' ' .. string.gsub(reason or '', '%c', ' ')
  local lines = known and known .. '\n' .. line or line
  local _, breaks = string.gsub(lines, '\n', '')
  if breaks >= MAX_NOTES then lines = string.gsub(lines, '^[^\n]*\n', '', 1) end
  redis.call('HSET', record, 'tl', lines)
end

-- A topic that nobody subscribes to and that holds nothing is forgotten, its numbering with it.
local function reclaim(k)
  if redis.call('EXISTS', k.log, k.open, k.cur) == 0 then
    redis.call('DEL', k.meta, k.start, k.ahead, k.refused, k.past, k.skip, k.live)
    redis.call('ZREM', P .. 'alarms', 't:' .. k.name)
    return true
  end
  return false
end

-- Wake times are rounded up, so that topics which are due together are woken by one job.
local function bucket(at, now)
  local grain = 1000
  if at - now < 5000 then grain = 100 end
  return math.ceil(at / grain) * grain
end

-- The alarm of a topic, or that it has none. It is kept beside the numbering as well, where an append finds it.
local function setAlarm(k, at)
  if at then
    redis.call('ZADD', P .. 'alarms', at, 't:' .. k.name)
    redis.call('HSET', k.meta, 'al', at)
  else
    redis.call('ZREM', P .. 'alarms', 't:' .. k.name)
    redis.call('HDEL', k.meta, 'al')
  end
end

-- Sets the topic's alarm if it has none, or a later one than `at`. Returns true when it was set.
local function alarm(k, at, current)
  if current and current <= at then return false end
  setAlarm(k, at)
  return true
end

-- A round of wakes is under way in a topic with much that is open (wake.lua): it was begun for others than are there now.
local function comeBackBy(k, at)
  local round = redis.call('HMGET', k.meta, 'looked', 'soonest')
  if round[1] and (tonumber(round[2]) or math.huge) > at then redis.call('HSET', k.meta, 'soonest', int(at)) end
end

-- Epoch and base of a topic, which there is from now on, how many sessions are connected, and its alarm.
local function numberingOf(k, candidate)
  local meta = redis.call('HMGET', k.meta, 'epoch', 'base', 'on', 'al')
  if meta[1] then return meta[1], tonumber(meta[2]) or 0, tonumber(meta[3]) or 0, tonumber(meta[4]) end
  redis.call('HSET', k.meta, 'epoch', candidate, 'base', '0')
  return candidate, 0, 0
end

-- The number of the connected is kept beside the numbering, where an append finds it.
local function connect(k, session, at)
  if redis.call('HSET', k.live, session, at) == 1 then redis.call('HINCRBY', k.meta, 'on', 1) end
end

local function disconnect(k, session)
  local removed = redis.call('HDEL', k.live, session)
  if removed == 1 then redis.call('HINCRBY', k.meta, 'on', -1) end
  return removed
end

-- A session is done with an offset beyond its cursor. That there is such a thing is kept where an ack finds it.
local function passAhead(k, o, session)
  redis.call('ZADD', k.ahead, o, int(o) .. ' ' .. session)
  redis.call('HSET', k.meta, 'out', '1')
end
