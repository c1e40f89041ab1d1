-- Appends notifications to the logs of topics; harmless when run twice with the same ids.
-- KEYS  prefixes of the partitions of the topics
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap  4 maximum open deliveries
--       (personal topics refuse more)  5 maximum entries (beyond it the oldest is dropped), then
--       for each topic: position of its prefix among KEYS, number of the following arguments, name,
--       mark of this append (epoch of a new topic), then for each item: entry, '<ack
--       wait ms> <maximum attempts>', collapse key or '', and a line each for priority, type and
--       metadata JSON
-- Returns for each topic {epoch, sessions connected, node of the only one of them or '', wakeAt or
--       '', ended as in `finishNoted`, then for each item status and offset}. Status: 1 appended, 0
--       already there (instead of the offset '<offset> <sessions connected> <epoch>' of its first
--       append), -1 topic full, -2 void. wakeAt: time for which a guard job must be added
-- @include alarm
-- @include finish
-- @include numbering
local LIMITS, FIRST, ITEM = 5, 2, 4
local retention, maxOpen, maxEntries = ARGV[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local limits = { retention = retention, letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()

local function isOldestOpen(k, base)
  return tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2]) == base + 1
end

-- A personal topic refuses new entries rather than drop unacknowledged ones. All open deliveries
-- are in the log, so a short log needs no count. The log already holds the new entry.
local function isTooMany(t, policy)
  if not t.personal or t.length <= maxOpen then return false end
  if t.quiet then return true end
  if policy == 'n' then return isOldestOpen(t.k, t.base) end
  return redis.call('ZCARD', t.k.open) >= maxOpen
end

local function dropOldest(t)
  local k = t.k
  local entry = redis.call('LINDEX', k.log, 0)
  if not isPlaceholder(entry) then
    finishNoted(t.ended, k, t.base + 1, idOf(entry), string.sub(entry, 2, 2), 'd', 'overflow', now, limits)
  end
  redis.call('LPOP', k.log)
  t.base = t.base + 1
  t.length = t.length - 1
  redis.call('HSET', k.meta, 'base', t.base)
end

-- Ends the earlier delivery with a collapse key unless somebody has acknowledged it.
local function collapse(t, key, by)
  local k, field = t.k, 'c:' .. key
  local o = tonumber(redis.call('HGET', k.meta, field))
  redis.call('HSET', k.meta, field, by)
  local entry = o and o > t.base and redis.call('LINDEX', k.log, o - t.base - 1)
  if not entry or isPlaceholder(entry) then return end
  local id, policy = idOf(entry), string.sub(entry, 2, 2)
  if isUntouched(k, o, id, policy) then finishNoted(t.ended, k, o, id, policy, 'c', 'collapsed', now, limits) end
end

-- Appends the item at an index of ARGV. Returns its status and offset.
local function add(t, i)
  local k, entry, patience, collapseKey = t.k, ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local id, policy = idOf(entry), string.sub(entry, 2, 2)
  if t.quiet and (policy == 'n' or collapseKey ~= '') then
    index(k)
    t.quiet = false
  end
  local length = redis.call('RPUSH', k.log, entry)
  local o, record = t.base + length, recordKey(id, k.name)
  local birth = birthText(o, t.epoch, t.online, entry, patience, k.name, ARGV[i + 3])
  if redis.call('HSETNX', record, 'append', birth) == 0 then
    redis.call('RPOP', k.log)
    local first, epoch, online = birthOf(redis.call('HGET', record, 'append'))
    if not first then return -2, 0 end
    return 0, int(first) .. ' ' .. online .. ' ' .. epoch
  end
  t.length = length
  if isTooMany(t, policy) then
    redis.call('RPOP', k.log)
    redis.call('DEL', record)
    return -1, 0
  end
  if collapseKey ~= '' then collapse(t, collapseKey, o) end
  t.accepted = t.accepted + 1
  local expires = expiryOf(entry)
  if policy == 'n' then
    redis.call('PEXPIREAT', record, expires + tonumber(retention))
    t.unguarded = t.unguarded + 1
  else
    -- The record gets a time to live when the delivery ends, at the latest by its expiry.
    if not t.quiet then redis.call('ZADD', k.open, o, policy .. id) end
    if t.online > 0 then t.wake = math.min(t.wake, bucket(now + tonumber(string.match(patience, '^%d+')), now)) end
  end
  t.wake = math.min(t.wake, expires)
  if t.length > maxEntries and not (t.personal and (policy ~= 'n' or isOldestOpen(k, t.base))) then dropOldest(t) end
  return 1, o
end

local function appendTo(at, last)
  local k, mark = keysOf(ARGV[at]), ARGV[at + 1]
  local meta = numberingOf(k, mark)
  local online = tonumber(meta[3]) or 0
  local t = {
    k = k, epoch = meta[1], base = tonumber(meta[2]) or 0, online = online, quiet = meta[5],
    personal = isPersonal(k.name), accepted = 0, unguarded = 0, wake = math.huge, ended = {},
  }
  local out = { t.epoch, online, meta[6] or '', '', t.ended }
  for i = at + FIRST, last, ITEM do
    local n = #out
    out[n + 1], out[n + 2] = add(t, i)
  end
  if t.accepted > 0 then
    book(k.app, 'accepted', t.accepted)
    if t.unguarded > 0 then book(k.app, 'unguarded', t.unguarded) end
    if alarm(k, t.wake, tonumber(meta[4])) and online > 0 and t.accepted > t.unguarded then out[4] = int(t.wake) end
  end
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
