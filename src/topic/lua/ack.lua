-- Acknowledges for sessions: cumulative or selective. Acks are facts: never fenced, harmless when repeated.
-- KEYS  1 prefix
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then for each item:
--       name, epoch or '', session, cumulative offset or '', offset and mark of an entry of the log that the session
--       was sent from ('0' and '' where it is not known), number of selective offsets, the offsets. With no offset at all the cursor only
--       moves over what will never come.
-- Returns for each item {cursor or -1 (not a member), -2 (above the head) or -3 (not what the log holds), how many
--       deliveries it ended, ended {offset, reason, ...}}
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()

local function advance(k, session, from, base, head)
  local new = from
  if new >= head then return new end
  local hasAhead = redis.call('EXISTS', k.ahead) == 1
  while new < head do
    local mark = int(new + 1) .. ' ' .. session
    if hasAhead and redis.call('ZREM', k.ahead, mark) == 1 then
      new = new + 1
    else
      local entry = redis.call('LINDEX', k.log, new - base)
      if entry and isPlaceholder(entry) then new = new + 1 else break end
    end
  end
  return new
end

local function dropPassed(k, session, from, to)
  if redis.call('EXISTS', k.ahead) == 0 then return end
  for _, mark in ipairs(redis.call('ZRANGEBYSCORE', k.ahead, int(from + 1), int(to))) do
    if string.match(mark, ' (.*)$') == session then redis.call('ZREM', k.ahead, mark) end
  end
end

local function ackItem(name, epoch, session, cumulative, known, mark, selective)
  local k = keysOf(name)
  local old = tonumber(redis.call('ZSCORE', k.cur, session))
  if not old then return { -1, 0, {} } end
  local base = baseOf(k)
  local head = base + redis.call('LLEN', k.log)
  local top = cumulative or 0
  for _, o in ipairs(selective) do top = math.max(top, o) end
  -- After a failover the same offset may be another notification, which this session has not seen.
  if epoch ~= '' and epoch ~= redis.call('HGET', k.meta, 'epoch') then return { -3, 0, {} } end
  if mark ~= '' and hasDiverged(k, base, head, 0, known, mark) then return { -3, 0, {} } end
  if top > head then return { -2, 0, {} } end

  local settled, ended, finished = {}, {}, 0
  for _, o in ipairs(selective) do
    if o > old and o > base then
      local entry = redis.call('LINDEX', k.log, o - base - 1)
      if entry and not isPlaceholder(entry) then
        redis.call('ZADD', k.ahead, int(o), int(o) .. ' ' .. session)
        for _, member in ipairs(redis.call('ZRANGEBYSCORE', k.open, int(o), int(o))) do
          settled[#settled + 1] = { o, member }
        end
      end
    end
  end
  local reached = math.max(old, cumulative or 0, base)
  if reached > old then dropPassed(k, session, old, reached) end
  local new = advance(k, session, reached, base, head)
  if new > old then
    redis.call('ZADD', k.cur, 'XX', 'GT', int(new), session)
    local open = redis.call('ZRANGEBYSCORE', k.open, int(old + 1), int(new), 'WITHSCORES')
    for i = 1, #open, 2 do settled[#settled + 1] = { tonumber(open[i + 1]), open[i] } end
  end
  local hasRefused = #settled > 0 and redis.call('EXISTS', k.refused) == 1
  for _, item in ipairs(settled) do
    local state
    local refused = hasRefused and redis.call('ZSCORE', k.refused, int(item[1]) .. ' ' .. session)
    if string.byte(item[2], 1) == 97 and not refused then
      state = finish(k, item[1], string.sub(item[2], 2), 'a', nil, now, limits, session) and 'a'
    else
      state = settle(k, item[1], item[2], now, limits, session)
    end
    if state then finished = finished + 1 end
    if state == 'd' then
      ended[#ended + 1] = int(item[1])
      ended[#ended + 1] = 'dead'
    end
  end
  if head - base >= 32 and isPersonal(name) then trim(k, now) end
  return { new, finished, ended }
end

local out = {}
local i = 4
while i <= #ARGV do
  local n = tonumber(ARGV[i + 6])
  local selective = {}
  for j = 1, n do selective[j] = tonumber(ARGV[i + 6 + j]) end
  out[#out + 1] = ackItem(ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]), ARGV[i + 5], selective)
  i = i + 7 + n
end
return out
