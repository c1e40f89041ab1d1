-- Counts of the recipients of a delivery.
-- @include ranges
-- @include topic-keys

-- Recipients, and how many of them acknowledged and refused it. `k.over`: number of cursors that
-- have just passed an offset without an ack.
local function receiptCounts(k, o)
  local at = int(o)
  local over = rawget(k, 'over')
  local recipients = redis.call('ZCOUNT', k.start, '-inf', int(o - 1))
  local refused = redis.call('ZCOUNT', k.refused, at, at)
  local acked = redis.call('ZCOUNT', k.cur, at, '+inf') - redis.call('ZCOUNT', k.start, at, '+inf')
    + redis.call('ZCOUNT', k.ahead, at, at) - refused - (over and over[o] or 0)
  return recipients, acked, refused
end

-- Counts an unguarded delivery, which never ends on its own and is never frozen. Sessions that
-- learned that it is gone have not acknowledged it, sessions that joined after its end are not
-- recipients, and those that refused it may have left.
local function countUnguarded(k, o, id)
  local recipients, done = receiptCounts(k, o)
  local _, skippers = holdersOf(k.skip, o)
  local _, passers = holdersOf(k.past, o)
  local marks = redis.call('ZCOUNT', k.refused, int(o), int(o))
  local refusers, present = redis.call('HKEYS', refusalsKey(id, k.name)), 0
  for _, session in ipairs(refusers) do
    local start = tonumber(redis.call('ZSCORE', k.start, session))
    if start and start < o then present = present + 1 end
  end
  return recipients - skippers + #refusers - present, done + marks - skippers - passers - present, #refusers
end

-- Returns recipients, acks and refusals of a delivery that has not ended.
local function countOf(k, o, id, policy)
  if policy == 'n' then return countUnguarded(k, o, id) end
  return receiptCounts(k, o)
end

-- True if no session, present or gone, has acknowledged it.
local function isUntouched(k, o, id, policy)
  local _, acked = countOf(k, o, id, policy)
  return acked + (tonumber(redis.call('HGET', recordKey(id, k.name), 'la')) or 0) == 0
end
