-- Appends notifications to the logs of topics; harmless when run twice with the same ids.
-- KEYS  prefixes of the partitions of the topics
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap  4 maximum open deliveries
--       (personal topics refuse more)  5 maximum entries (beyond it the oldest is dropped), then
--       for each topic: position of its prefix among KEYS, number of the following arguments, name,
--       mark of this append, epoch for a new topic, then for each item: id, terms (see
--       include/terms), collapse key or '', priority or '', type or '', metadata JSON or '', entry
--       body
-- Returns for each topic {epoch, wakeAt or '', ended as in `finishNoted`, then for each item
--       {status, offset, online, its epoch if that differs}}. Status: 1 appended, 0 already there,
--       -1 topic full, -2 void. wakeAt: time for which a guard job must be added
-- @include alarm
-- @include finish
-- @include numbering
local LIMITS, FIRST, ITEM = 5, 2, 7
local OPTIONAL = { pr = 3, ty = 4, md = 5 }
local retention, maxOpen, maxEntries = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local limits = { retention = retention, letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()

local function appendTo(at, last)
  local k, mark = keysOf(ARGV[at]), ARGV[at + 1]
  local personal = isPersonal(k.name)
  local epoch, base, online, current = numberingOf(k, mark)
  local length
  local accepted, unguarded, wake = 0, 0, math.huge
  local ended, out = {}, { epoch, '', false }

  local function isOldestOpen()
    return tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2]) == base + 1
  end

  -- A personal topic refuses new entries rather than drop unacknowledged ones. All open deliveries
  -- are in the log, so a short log needs no count. The log already holds the new entry.
  local function isTooMany(policy)
    if not personal or length <= maxOpen then return false end
    if policy == 'n' then return isOldestOpen() end
    return redis.call('ZCARD', k.open) >= maxOpen
  end

  local function dropOldest()
    local entry = redis.call('LINDEX', k.log, 0)
    if not isPlaceholder(entry) then
      finishNoted(ended, k, base + 1, idOf(entry), string.sub(entry, 2, 2), 'd', 'overflow', now, limits)
    end
    redis.call('LPOP', k.log)
    base = base + 1
    length = length - 1
    redis.call('HSET', k.meta, 'base', base)
  end

  local function collapse(key)
    local field = 'c:' .. key
    local o = tonumber(redis.call('HGET', k.meta, field))
    if o and o > base then
      local entry = redis.call('LINDEX', k.log, o - base - 1)
      if entry and not isPlaceholder(entry) then
        local id, policy = idOf(entry), string.sub(entry, 2, 2)
        if isUntouched(k, o, id, policy) then finishNoted(ended, k, o, id, policy, 'c', 'collapsed', now, limits) end
      end
    end
    return field
  end

  local function store(i, record, o)
    local id, terms = ARGV[i], ARGV[i + 1]
    local policy, expires = string.sub(terms, 1, 1), timeOf(terms, 2)
    if ARGV[i + 2] ~= '' then redis.call('HSET', k.meta, collapse(ARGV[i + 2]), o) end
    local fields = { 's', policy == 'n' and 'u' or 'p', 'o', o, 'e', epoch, 'k', k.name, 'f', terms, 'on', online }
    for field, place in pairs(OPTIONAL) do
      if ARGV[i + place] ~= '' then
        fields[#fields + 1] = field
        fields[#fields + 1] = ARGV[i + place]
      end
    end
    redis.call('HSET', record, unpack(fields))
    accepted = accepted + 1
    if policy == 'n' then
      redis.call('PEXPIREAT', record, expires + tonumber(retention))
      unguarded = unguarded + 1
    else
      -- The record gets a time to live when the delivery ends, at the latest by its expiry.
      redis.call('ZADD', k.open, o, policy .. id)
      if online > 0 then wake = math.min(wake, bucket(now + termsOf(terms).wait, now)) end
    end
    wake = math.min(wake, expires)
    if length > maxEntries and not (personal and (policy ~= 'n' or isOldestOpen())) then dropOldest() end
  end

  for i = at + FIRST, last, ITEM do
    local id, terms = ARGV[i], ARGV[i + 1]
    local record = recordKey(id, k.name)
    local known = redis.call('HMGET', record, 'o', 'on', 'e', 'v')
    if known[1] then
      -- A confirm counts the writes of this connection: without a write, a retry could be confirmed
      -- for nothing.
      redis.call('HSET', record, 'r', now)
      out[#out + 1] = { 0, tonumber(known[1]), tonumber(known[2]), known[3] ~= epoch and known[3] or nil }
    elseif known[4] then
      out[#out + 1] = { -2, 0, online }
    else
      length = redis.call('RPUSH', k.log, entryOf(id, mark, ARGV[i + 3], terms, ARGV[i + 6]))
      if isTooMany(string.sub(terms, 1, 1)) then
        redis.call('RPOP', k.log)
        out[#out + 1] = { -1, 0, online }
      else
        local o = base + length
        store(i, record, o)
        out[#out + 1] = { 1, o, online }
      end
    end
  end

  if accepted > 0 then
    book(k.app, 'accepted', accepted)
    if unguarded > 0 then book(k.app, 'unguarded', unguarded) end
    if alarm(k, wake, current) and online > 0 and accepted > unguarded then out[2] = int(wake) end
  end
  out[3] = ended
  return out
end

bookTogether()
local out = {}
local i = LIMITS + 1
while i <= #ARGV do
  P = KEYS[tonumber(ARGV[i])]
  local last = i + 1 + tonumber(ARGV[i + 1])
  out[#out + 1] = appendTo(i + 2, last)
  i = last + 1
end
flushBooks()
return out
