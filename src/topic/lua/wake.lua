-- The guard: inspects topics with a due alarm. It expires and dead-letters deliveries, returns
-- those to send again, and sets the next alarm. Harmless when run twice: a topic whose alarm is in
-- the future was handled by somebody else and is skipped.
-- KEYS  1 prefix
-- ARGV  1 longest backoff ms  2 record retention ms  3 letter retention ms  4 letter cap  5 random
--       0..1  6 '1' to inspect before the alarm is due  7 '1' to report traced deliveries, then
--       names
-- Returns for each name {name, epoch, next wake time or '' if no job is needed, {offset to send
--       again, maximum attempts, ...}, ended as in `finishNoted`, {offset, attempts, 'redeliver',
--       'expire' or 'dead_letter', traceparent, ...}}
-- @include alarm
-- @include finish
-- @include quiet
-- @include reclaim
-- @include trim
local maxBackoff = tonumber(ARGV[1])
local limits = { retention = ARGV[2], letterRetention = tonumber(ARGV[3]), letterCap = tonumber(ARGV[4]) }
local jitter = 0.9 + 0.2 * tonumber(ARGV[5])
local now = nowMs()
local SCAN = 1024

-- Returns the open deliveries to inspect now, in ascending order. If there are more than one call
--       may inspect, it works in rounds: `looked` is the offset that this round has reached, and
--       `soonest` the next deadline among those it has seen. Returns {member, offset, ...}, the
--       offset at which the round continues, if any, and `soonest`
local function openOf(k)
  if redis.call('ZCARD', k.open) <= SCAN then
    return redis.call('ZRANGE', k.open, 0, SCAN - 1, 'WITHSCORES'), nil, math.huge
  end
  local round = redis.call('HMGET', k.meta, 'looked', 'soonest')
  local open = redis.call('ZRANGEBYSCORE', k.open, '(' .. (round[1] or '0'), '+inf', 'WITHSCORES', 'LIMIT', 0, SCAN)
  return open, #open == 2 * SCAN and open[#open] or nil, tonumber(round[2]) or math.huge
end

local function wake(name)
  local k = keysOf(name)
  local rung = tonumber(redis.call('ZSCORE', P .. 'alarms', 't:' .. name))
  local again, ended, traced = {}, {}, {}
  if not rung or (rung > now and ARGV[6] ~= '1') then return { name, '', '', again, ended, traced } end
  if redis.call('LLEN', k.log) > 0 then index(k) end
  local base = ARGV[7] == '1' and baseOf(k)
  -- Must run before the delivery ends, since its entry is gone then.
  local function traceAt(o)
    return base and traceOf(redis.call('LINDEX', k.log, int(o - base - 1)) or '')
  end
  local function tell(trace, o, attempts, what)
    if not trace then return end
    for _, word in ipairs({ int(o), attempts, what, trace }) do traced[#traced + 1] = word end
  end
  local online = redis.call('HLEN', k.live) > 0
  local needsJob = false
  local open, goesOn, nextAt = openOf(k)
  for i = 1, #open, 2 do
    local o, id, policy = tonumber(open[i + 1]), string.sub(open[i], 2), string.sub(open[i], 1, 1)
    local record = recordKey(id, name)
    local rec = redis.call('HMGET', record, 'append', 'n', 'd', 'wk')
    local terms = termsIn(rec[1])
    local expires, wait = terms.expires, terms.wait
    if expires <= now then
      local trace = traceAt(o)
      if finishNoted(ended, k, o, id, policy, 'x', 'expired', now, limits) then
        tell(trace, o, rec[2] or '1', 'expire')
      end
    else
      nextAt = math.min(nextAt, expires)
      if online then
        needsJob = true
        local due = tonumber(rec[3]) or (terms.at + wait)
        if due <= now then
          local trace = traceAt(o)
          local ready, spent, waiting = 0, 0, 0
          if o <= triedOf(k) then
            local recipients, acked, refused = receiptCounts(k, o)
            waiting = recipients - acked - refused
            ready, spent = spentOf(k, o, id, terms.most, now)
          end
          if waiting > 0 and ready >= waiting then
            if finishNoted(ended, k, o, id, policy, 'd', 'max_attempts', now, limits) then
              tell(trace, o, rec[2] or '1', 'dead_letter')
            end
          elseif waiting > 0 and spent >= waiting then
            -- No session is left to send it to, but somebody still has time to acknowledge.
            local from = terms.most * ATTEMPT
            local above, lowest = '(' .. int(from + ATTEMPT), int(from)
            local tries = triesKey(id, name)
            local last = redis.call('ZREVRANGEBYSCORE', tries, above, lowest, 'WITHSCORES', 'LIMIT', 0, 1)
            due = (last[2] or from + now) - from
            redis.call('HSET', record, 'd', int(due))
            nextAt = math.min(nextAt, due)
          else
            local wakes = (tonumber(rec[4]) or 0) + 1
            due = now + math.floor(math.min(maxBackoff, wait * 2 ^ wakes) * jitter)
            redis.call('HSET', record, 'wk', wakes, 'd', int(due))
            again[#again + 1] = int(o)
            again[#again + 1] = int(terms.most)
            tell(trace, o, rec[2] or '1', 'redeliver')
            nextAt = math.min(nextAt, due)
          end
        else
          nextAt = math.min(nextAt, due)
        end
      end
    end
  end
  if goesOn then
    redis.call('HSET', k.meta, 'looked', goesOn)
    if nextAt < math.huge then redis.call('HSET', k.meta, 'soonest', int(nextAt)) end
    nextAt, needsJob = now + 1, true
  else
    redis.call('HDEL', k.meta, 'looked', 'soonest')
    if nextAt < math.huge then nextAt = math.max(nextAt, now + 1) end
    needsJob = needsJob or online and nextAt < math.huge
  end
  trim(k, now)
  local epoch = redis.call('HGET', k.meta, 'epoch') or ''
  if nextAt == math.huge and not reclaim(k) then
    local first = redis.call('LINDEX', k.log, 0)
    if first then
      nextAt = isPlaceholder(first) and now + maxBackoff or expiryOf(first)
    end
  end
  if nextAt == math.huge then
    setAlarm(k, nil)
    return { name, epoch, '', again, ended, traced }
  end
  nextAt = bucket(nextAt, now)
  setAlarm(k, nextAt)
  return { name, epoch, needsJob and int(nextAt) or '', again, ended, traced }
end

local out = {}
for i = 8, #ARGV do out[#out + 1] = wake(ARGV[i]) end
return out
