-- Subscriptions of sessions.
-- @include alarm
-- @include members
-- @include numbering
-- @include ranges
-- @include record
-- @include topic-keys

local function join(k, session, cursor)
  redis.call('ZADD', k.cur, int(cursor), session)
  redis.call('ZADD', k.start, int(cursor), session)
end

-- Returns cursor and start of a session that joins a topic which is not quiet. In a personal topic
-- it is a recipient of everything open.
local function startIn(k, session, head)
  if not isPersonal(k.name) then return head end
  local open = redis.call('ZRANGE', k.open, 0, -1, 'WITHSCORES')
  if #open == 0 then return head end
  local start = tonumber(open[2]) - 1
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
  return start
end

-- Returns cursor and start of a member, which it becomes if it is none.
local function memberAt(k, session, base, head, quiet)
  if quiet == NOBODY_YET then
    join(k, session, base)
    redis.call('HSET', k.meta, 'quiet', session)
    return base, base
  end
  local cursor = quiet and base or tonumber(redis.call('ZSCORE', k.cur, session))
  if cursor then return cursor, tonumber(redis.call('ZSCORE', k.start, session)) end
  cursor = startIn(k, session, head)
  join(k, session, cursor)
  return cursor, cursor
end

-- Sets the alarm for deliveries that waited for somebody. Returns the time for which they need a
-- guard job, if any.
local function wakeFor(k, current)
  local id = lowestOpen(k)
  if not id then return '' end
  local now = nowMs()
  local at = bucket(now + termsIn(redis.call('HGET', recordKey(id, k.name), 'append')).wait, now)
  if alarm(k, at, current) then return int(at) end
  comeBackBy(k, at)
  return ''
end

-- Returns the offsets that a session has acknowledged or refused beyond its cursor.
local function aheadOf(k, session, cursor)
  local ahead = {}
  for _, mark in ipairs(redis.call('ZRANGEBYSCORE', k.ahead, int(cursor + 1), '+inf')) do
    local o, who = string.match(mark, '^(%d+) (.*)$')
    if who == session then ahead[#ahead + 1] = tonumber(o) end
  end
  return ahead
end

-- Makes a session a member of a topic; harmless when repeated. `candidate`: epoch for a new topic.
-- `node`: '' if the session is not live now.
-- Returns {epoch, base, head, cursor, start, wakeAt or '', offsets acked out of order {..}, mark of
--       the entry at the head or '', members}. wakeAt: time for which parked deliveries need a
--       guard job
local function subscribe(name, candidate, session, node, user)
  local k = keysOf(name)
  local meta = numberingOf(k, candidate)
  local epoch, base, quiet = meta[1], tonumber(meta[2]) or 0, meta[5]
  local length = redis.call('LLEN', k.log)
  if quiet and quiet ~= session and quiet ~= NOBODY_YET then
    index(k)
    quiet = false
  end
  local cursor, start = memberAt(k, session, base, base + length, quiet)
  local wakeAt = ''
  if node ~= '' then
    connect(k, session, node, user)
    if length > 0 then wakeAt = wakeFor(k, tonumber(meta[4])) end
  end
  local ahead = meta[7] == '1' and not quiet and aheadOf(k, session, cursor) or {}
  local mark = length > 0 and markOf(redis.call('LINDEX', k.log, -1)) or ''
  local members = quiet and 1 or redis.call('ZCARD', k.cur)
  return { epoch, base, base + length, cursor, start, wakeAt, ahead, mark, members }
end
