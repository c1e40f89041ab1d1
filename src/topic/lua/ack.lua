-- Acknowledges for sessions: cumulative or selective. Acks are facts: never fenced, harmless when repeated.
-- KEYS  prefixes of the partitions of the topics
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then for each topic:
--       place of its prefix among KEYS, name, epoch or '', offset and mark of an entry of the log that the sessions were sent
--       from ('0' and '' where it is not known), number of sessions, then for each of them:
--       session, cumulative offset or '', number of selective offsets, the offsets. With no offset at all the cursor only
--       moves over what will never come.
-- Returns for each topic {how many deliveries were ended by acks, ended otherwise {offset, as noteEnd says, ...}, what was not stored
--       {place of the session, -1 (not a member), -2 (above the head) or -3 (not what the log holds), ...}}
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()
-- Entries that are read at once; the acks of a topic that reach over more look at each entry that they need.
local SPAN = 256

local function refuseAll(items, code)
  local refused = {}
  for i = 1, #items do
    refused[#refused + 1] = i
    refused[#refused + 1] = code
  end
  return { 0, {}, refused }
end

-- Gives the entry at an offset. Those from `low + 1` to `high + 1` are read at once, one more than is acknowledged, so that the
-- end of the log is seen.
local function readerOf(k, base, low, high)
  if high - low > SPAN then
    return function(o) return redis.call('LINDEX', k.log, o - base - 1) end
  end
  local entries = redis.call('LRANGE', k.log, low - base, high - base)
  return function(o)
    if o <= low or o > high + 1 then return redis.call('LINDEX', k.log, o - base - 1) end
    return entries[o - low]
  end
end

local function dropPassed(k, session, from, to)
  for _, mark in ipairs(redis.call('ZRANGEBYSCORE', k.ahead, from + 1, to)) do
    if string.match(mark, ' (.*)$') == session then redis.call('ZREM', k.ahead, mark) end
  end
end

-- The cursor of each session, false where it is not a member. A topic of one member is told from others on the way.
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

local function ackTopic(k, epoch, known, mark, items)
  local meta = redis.call('HMGET', k.meta, 'base', 'epoch', 'out')
  local base = tonumber(meta[1]) or 0
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
  -- After a failover the same offset may be another notification, which these sessions have not seen.
  if epoch ~= '' and epoch ~= meta[2] then return refuseAll(items, -3) end
  local at = readerOf(k, base, low, math.max(low, high))
  if mark ~= '' and known > base then
    local entry = at(known)
    if not entry or markOf(entry) ~= mark then return refuseAll(items, -3) end
  end

  local marks = meta[3] == '1'
  local moved, refused, first, last, touched = {}, {}, {}, {}, {}
  local function touch(o, session)
    touched[o] = true
    if marks and redis.call('ZSCORE', k.refused, int(o) .. ' ' .. session) then return end
    if not first[o] then first[o] = session end
    last[o] = session
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
        if o > old and o > base and not isPlaceholder(at(o)) then
          passAhead(k, o, session)
          marks = true
          touch(o, session)
        end
      end
      local new = math.max(old, item.cumulative or 0, base)
      if marks and new > old then dropPassed(k, session, old, new) end
      while true do
        if marks and redis.call('ZREM', k.ahead, int(new + 1) .. ' ' .. session) == 1 then
          new = new + 1
        else
          local entry = at(new + 1)
          if not entry or not isPlaceholder(entry) then break end
          new = new + 1
        end
      end
      if new > old then
        moved[#moved + 1] = new
        moved[#moved + 1] = session
        if new - old <= SPAN then
          for o = math.max(old, base) + 1, new do touch(o, session) end
        else
          local open = redis.call('ZRANGEBYSCORE', k.open, old + 1, new, 'WITHSCORES')
          for j = 2, #open, 2 do touch(tonumber(open[j]), session) end
        end
      end
    end
  end
  if #moved > 0 then redis.call('ZADD', k.cur, 'XX', 'GT', unpack(moved)) end

  local offsets, finished, ended = {}, 0, {}
  for o in pairs(touched) do offsets[#offsets + 1] = o end
  table.sort(offsets)
  for _, o in ipairs(offsets) do
    local entry = at(o)
    local policy = entry and string.sub(entry, 2, 2)
    if entry and not isPlaceholder(entry) and policy ~= 'n' then
      local id, state = idOf(entry), nil
      if policy == 'a' and first[o] then
        state = finish(k, o, id, policy, 'a', nil, now, limits, first[o]) and 'a'
      else
        state = settle(k, o, policy .. id, now, limits, last[o])
      end
      if state == 'a' then finished = finished + 1 end
      if state == 'd' then noteEnd(ended, o, 'dead', 'refused', id) end
    end
  end
  if high - base >= 32 and isPersonal(k.name) then trim(k, now, base) end
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
    local chosen = tonumber(ARGV[i + 2])
    for j = 1, chosen do
      selective[j] = tonumber(ARGV[i + 2 + j])
      top = math.max(top, selective[j])
    end
    items[n] = { session = ARGV[i], cumulative = cumulative, selective = selective, top = top }
    i = i + 3 + chosen
  end
  out[#out + 1] = ackTopic(k, epoch, known, mark, items)
end
flushBooks()
return out
