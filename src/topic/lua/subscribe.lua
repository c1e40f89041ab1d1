-- Makes a session a member of a topic and returns its position. Harmless when run twice.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch for a new topic  3 session  4 node or '' (not live now)  5 user
-- Returns {epoch, base, head, cursor, start, wakeAt or '', offsets acked out of order {..}, mark of
--       the entry at the head or '', members}. wakeAt: time for which parked deliveries need a
--       guard job
-- @include alarm
-- @include members
-- @include numbering
-- @include ranges
-- @include record
-- @include topic-keys
local k = keysOf(ARGV[1])
local session = ARGV[3]
local now = nowMs()
local meta = numberingOf(k, ARGV[2])
local epoch, base, current, quiet = meta[1], tonumber(meta[2]) or 0, tonumber(meta[4]), meta[5]
local head = base + redis.call('LLEN', k.log)
if quiet and quiet ~= session and quiet ~= NOBODY_YET then
  index(k)
  quiet = false
end
local cursor = tonumber(redis.call('ZSCORE', k.cur, session))
local start

if quiet then
  cursor = base
  if quiet == session then
    start = tonumber(redis.call('ZSCORE', k.start, session))
  else
    start = base
    redis.call('ZADD', k.cur, int(cursor), session)
    redis.call('ZADD', k.start, int(start), session)
    redis.call('HSET', k.meta, 'quiet', session)
  end
elseif cursor then
  start = tonumber(redis.call('ZSCORE', k.start, session))
else
  start = head
  if isPersonal(k.name) then
    local open = redis.call('ZRANGE', k.open, 0, -1, 'WITHSCORES')
    if #open > 0 then
      start = tonumber(open[2]) - 1
      local isOpen = {}
      for i = 2, #open, 2 do isOpen[tonumber(open[i])] = true end
      -- Deliveries that another session has already acknowledged are not due to this one.
      local skipped
      for o = start + 1, head do
        if not isOpen[o] then
          passAhead(k, o, session)
          skipped = withRange(skipped, o, o)
        end
      end
      if skipped then redis.call('HSET', k.skip, session, skipped) end
    end
  end
  cursor = start
  redis.call('ZADD', k.cur, int(cursor), session)
  redis.call('ZADD', k.start, int(start), session)
end

local wakeAt = ''
if ARGV[4] ~= '' then
  connect(k, session, ARGV[4], ARGV[5])
  local id = lowestOpen(k)
  if id then
    local wait = termsIn(redis.call('HGET', recordKey(id, k.name), 'append')).wait
    local at = bucket(now + wait, now)
    if alarm(k, at, current) then
      wakeAt = int(at)
    else
      comeBackBy(k, at)
    end
  end
end

local ahead = {}
if redis.call('EXISTS', k.ahead) == 1 then
  for _, member in ipairs(redis.call('ZRANGEBYSCORE', k.ahead, int(cursor + 1), '+inf')) do
    local o, who = string.match(member, '^(%d+) (.*)$')
    if who == session then ahead[#ahead + 1] = tonumber(o) end
  end
end
local last = redis.call('LINDEX', k.log, -1)
return { epoch, base, head, cursor, start, wakeAt, ahead, last and markOf(last) or '', redis.call('ZCARD', k.cur) }
