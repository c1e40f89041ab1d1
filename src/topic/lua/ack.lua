-- Stores cumulative or selective acks of sessions. Acks are facts: never fenced and harmless when
-- repeated.
-- KEYS  prefixes of the partitions of the topics
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then for each topic:
--       position of its prefix among KEYS, name, epoch or '', offset and mark of an entry of the
--       log from which the sessions were served ('0' and '' if unknown), number of sessions, then
--       for each session: session, cumulative offset or '', offset up to which it knows what will
--       never come ('' unless that exceeds what it acknowledges), number of selective offsets, the
--       offsets
-- Over what will never come, a cursor moves only as far as its session knows; anything above the
-- cursor is sent again.
-- Returns for each topic the number of deliveries ended by acks if there is nothing else to tell,
--       otherwise {that number, otherwise ended deliveries as in
--       `finishNoted`, refusals {position of the session, -1 (not a member), -2 (above the head) or
--       -3 (another log), ...}}
-- A cursor that passes expired or otherwise ended deliveries does not acknowledge them.
-- @include members
-- @include quiet
-- @include settle
-- @include trim
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()
-- Number of entries read at once, for all sessions of a topic and for a single one.
local SPAN, STRIDE = 256, 64
local NOTHING = {}

local function refuseAll(items, code)
  local refused = {}
  for i = 1, #items do
    refused[#refused + 1] = i
    refused[#refused + 1] = code
  end
  return { 0, {}, refused }
end

-- Returns a reader for the entry at an offset, or false if there is none. It reads ahead up to
--       `to`; offsets from `low + 1` to `high` are read at once.
local function readerOf(k, base, low, high)
  local cache = {}
  local function read(from, to)
    local entries = redis.call('LRANGE', k.log, from - base - 1, to - base - 1)
    for o = from, to do cache[o] = entries[o - from + 1] or false end
  end
  if high > low and high - low <= SPAN then read(low + 1, high) end
  return function(o, to)
    if cache[o] == nil then read(o, math.min(to or o, o + STRIDE)) end
    return cache[o]
  end
end

-- Removes the selective acks of a session within a range and returns their offsets as keys of a
-- table.
local function takeAhead(k, session, from, to)
  local done = {}
  for _, mark in ipairs(redis.call('ZRANGEBYSCORE', k.ahead, from + 1, to)) do
    local o, who = string.match(mark, '^(%d+) (.*)$')
    if who == session then
      redis.call('ZREM', k.ahead, mark)
      done[tonumber(o)] = true
    end
  end
  return done
end

-- Returns the cursor of each session, or false if it is not a member. Also detects topics with only
--       one member.
local function cursorsOf(k, items)
  if #items == 1 then
    local two = redis.call('ZRANGE', k.cur, 0, 1, 'WITHSCORES')
    if #two <= 2 then
      k.members = #two / 2
      return { two[1] == items[1].session and two[2] }
    end
  end
  local sessions = {}
  for i, item in ipairs(items) do sessions[i] = item.session end
  return redis.call('ZMSCORE', k.cur, unpack(sessions))
end

-- Counts an ack that arrived after another one had ended the delivery, if the record still exists.
local function countLate(k, id, sessions)
  local record = recordKey(id, k.name)
  if redis.call('HEXISTS', record, 'end') == 1 then redis.call('HINCRBY', record, 'A+', sessions) end
end

-- Puts entries back that were taken from the front of a log.
local function putBack(k, entries)
  for i = #entries, 1, -1 do redis.call('LPUSH', k.log, entries[i]) end
end

-- True if a log that begins after `base` holds what the sessions were sent; `taken`: its first
-- entries, which were removed.
local function holdsMark(k, base, taken, known, mark)
  if mark == '' or known <= base then return true end
  local entry = taken[known - base] or redis.call('LINDEX', k.log, int(known - base - 1 - #taken))
  return entry and markOf(entry) == mark
end

-- Maximum entries of a usual ack.
local MAX_QUIET = 256

-- Handles the usual ack: the only member of a quiet topic acknowledges its oldest entries, and
-- nothing else has happened to them. Returns the number of ended deliveries; false, with nothing
-- changed, if this is any other ack.
local function ackQuiet(k, base, known, mark, session, cumulative)
  local count = cumulative - base
  if count < 1 then return holdsMark(k, base, NOTHING, known, mark) and 0 end
  if count > MAX_QUIET then return false end
  local entries = redis.call('LPOP', k.log, count) or NOTHING
  local usual = #entries == count and holdsMark(k, base, entries, known, mark)
  for i = 1, #entries do usual = usual and expiryOf(entries[i]) > now end
  if not usual then
    putBack(k, entries)
    return false
  end
  redis.call('HSET', k.meta, 'base', int(cumulative))
  local ending = endText('a', now, 1, 1, 0, session)
  for i = 1, count do
    local record = recordKey(idOf(entries[i]), k.name)
    redis.call('HSET', record, 'end', ending)
    redis.call('PEXPIRE', record, limits.retention)
  end
  book(k.app, STATES.a, count)
  return count
end

-- Makes a topic quiet again once its only member has acknowledged everything.
local function quieten(k, base, session, cursor)
  if redis.call('ZCARD', k.open) > 0 or base + redis.call('LLEN', k.log) > cursor then return end
  trim(k, now, base)
  if redis.call('LLEN', k.log) == 0 then redis.call('HSET', k.meta, 'quiet', session) end
end

local function ackTopic(k, epoch, known, mark, items)
  local meta = redis.call('HMGET', k.meta, 'base', 'epoch', 'out', 'tried', 'quiet')
  local base = tonumber(meta[1]) or 0
  local quiet, first = meta[5], items[1]
  if quiet then
    local one = #items == 1 and quiet == first.session and (epoch == '' or epoch == meta[2])
    if one and first.cumulative and first.settled == first.cumulative and #first.selective == 0 then
      local count = ackQuiet(k, base, known, mark, quiet, first.cumulative)
      if count then return count end
    end
    index(k)
  end
  local cursors = cursorsOf(k, items)
  local low, high = math.huge, base
  for i, item in ipairs(items) do
    item.old = tonumber(cursors[i])
    if item.old then
      low = math.min(low, math.max(item.old, base))
      high = math.max(high, item.top)
    end
  end
  if low == math.huge then return refuseAll(items, -1) end
  -- After a failover the same offset may hold another notification, which these sessions have not
  -- seen.
  if epoch ~= '' and epoch ~= meta[2] then return refuseAll(items, -3) end
  local at = readerOf(k, base, low, math.max(low, high))
  if mark ~= '' and known > base then
    local entry = at(known)
    if not entry or markOf(entry) ~= mark then return refuseAll(items, -3) end
  end

  local marks = meta[3] == '1'
  k.tried = tonumber(meta[4]) or 0
  local moved, refused, past = {}, {}, {}
  local by, last, acks, over, gone = {}, {}, {}, {}, {}
  local function goneAt(o, to)
    if gone[o] == nil then gone[o] = isGone(at(o, to), now) end
    return gone[o]
  end
  local function acknowledge(o, session)
    by[o] = by[o] or session
    last[o] = session
    acks[o] = (acks[o] or 0) + 1
    if o <= k.tried then redis.call('ZREM', triesKey(idOf(at(o)), k.name), session) end
  end
  -- Records offsets that a session will never acknowledge, from the lowest on.
  local function pass(session, from, to)
    if to < from then return end
    local ranges = past[session]
    if ranges == nil then ranges = redis.call('HGET', k.past, session) end
    past[session] = withRange(ranges, from, to)
    for o = math.max(from, base + 1), to do over[o] = (over[o] or 0) + 1 end
  end
  local function passTrimmed(session, old, new, done)
    local to = math.min(base, new)
    if old >= to then return end
    local from, known = old + 1, {}
    for o in pairs(done) do
      if o <= to then known[#known + 1] = o end
    end
    table.sort(known)
    for _, o in ipairs(known) do
      pass(session, from, o - 1)
      from = o + 1
    end
    pass(session, from, to)
  end
  for i, item in ipairs(items) do
    local old, session = item.old, item.session
    local code
    if not old then
      code = -1
    elseif item.top > base and not at(item.top) then
      code = -2
    end
    if code then
      refused[#refused + 1] = i
      refused[#refused + 1] = code
    else
      for _, o in ipairs(item.selective) do
        if o > old and o > base and not goneAt(o) then
          if not (marks and redis.call('ZSCORE', k.ahead, int(o) .. ' ' .. session)) then
            passAhead(k, o, session)
            marks = true
            acknowledge(o, session)
          end
        end
      end
      local settled = item.settled
      local new = math.max(old, item.cumulative or 0, math.min(base, settled))
      local done = marks and new > old and takeAhead(k, session, old, new) or NOTHING
      passTrimmed(session, old, new, done)
      for o = math.max(old, base) + 1, new do
        if not done[o] then
          if goneAt(o, new) then pass(session, o, o) else acknowledge(o, session) end
        end
      end
      while true do
        if marks and redis.call('ZREM', k.ahead, int(new + 1) .. ' ' .. session) == 1 then
          new = new + 1
        else
          local known = math.min(settled, new + STRIDE)
          if new >= settled or not at(new + 1, known) or not goneAt(new + 1) then break end
          new = new + 1
          pass(session, new, new)
        end
      end
      if new > old then
        moved[#moved + 1] = new
        moved[#moved + 1] = session
      end
    end
  end
  if #moved > 0 then redis.call('ZADD', k.cur, 'XX', 'GT', unpack(moved)) end
  for session, ranges in pairs(past) do redis.call('HSET', k.past, session, ranges) end

  k.over = over
  local offsets, finished, ended = {}, 0, {}
  for o in pairs(acks) do offsets[#offsets + 1] = o end
  for o in pairs(over) do offsets[#offsets + 1] = o end
  table.sort(offsets)
  for _, o in ipairs(offsets) do
    local entry = at(o)
    local policy = string.sub(entry, 2, 2)
    if not isPlaceholder(entry) and policy ~= 'n' then
      local id = idOf(entry)
      if gone[o] then
        finishNoted(ended, k, o, id, policy, 'x', 'expired', now, limits)
      elseif policy == 'a' then
        if finish(k, o, id, policy, 'a', nil, now, limits, by[o]) then
          finished = finished + 1
        else
          countLate(k, id, acks[o])
        end
      elseif settle(ended, k, o, policy .. id, now, limits, last[o]) == 'a' then
        finished = finished + 1
      end
    end
  end
  if isPersonal(k.name) then
    local cursor = k.members == 1 and moved[1]
    if cursor then quieten(k, base, first.session, cursor) elseif high - base >= 32 then trim(k, now, base) end
  end
  return { finished, ended, refused }
end

bookTogether()
local out = {}
local i = 4
while i <= #ARGV do
  P = KEYS[tonumber(ARGV[i])]
  local k, epoch, known, mark = keysOf(ARGV[i + 1]), ARGV[i + 2], tonumber(ARGV[i + 3]), ARGV[i + 4]
  local items = {}
  local count = tonumber(ARGV[i + 5])
  i = i + 6
  for n = 1, count do
    local selective = {}
    local cumulative = tonumber(ARGV[i + 1])
    local top = cumulative or 0
    local settled = tonumber(ARGV[i + 2]) or cumulative or 0
    local chosen = tonumber(ARGV[i + 3])
    for j = 1, chosen do
      selective[j] = tonumber(ARGV[i + 3 + j])
      top = math.max(top, selective[j])
    end
    items[n] = { session = ARGV[i], cumulative = cumulative, settled = settled, selective = selective, top = top }
    i = i + 4 + chosen
  end
  out[#out + 1] = ackTopic(k, epoch, known, mark, items)
end
flushBooks()
return out
