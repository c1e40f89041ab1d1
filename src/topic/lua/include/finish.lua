-- Ends of deliveries.
-- @include booking
-- @include counts
-- @include letter

local function membersOf(k)
  local members = rawget(k, 'members') or redis.call('ZCARD', k.cur)
  k.members = members
  return members
end

local STATES = { a = 'acked', x = 'expired', c = 'cancelled', d = 'dead' }

-- The only way out of pending (or, for a cancel, of unguarded). Whoever removes the delivery from
-- the open ones wins. `by`: member whose ack it was. Returns the state in which this call ended the
-- delivery and the reason, or false. An overdue delivery expires, whatever else would have ended
-- it; callers that end it as acknowledged have checked that.
local function finish(k, o, id, policy, state, reason, now, limits, by)
  local record = recordKey(id, k.name)
  local guarded = policy ~= 'n'
  if guarded then
    if redis.call('ZREM', k.open, policy .. id) == 0 then return false end
  else
    local known = redis.call('HMGET', record, 'end', 'append')
    if state ~= 'c' or known[1] or termsIn(known[2]).expires <= now then return false end
  end
  local recipients, acked, refused = 1, 1, 0
  -- Skips the count if the acknowledging session is the only member.
  if state ~= 'a' or not by or membersOf(k) > 1 then recipients, acked, refused = countOf(k, o, id, policy) end
  if state == 'a' then
    redis.call('HSET', record, 'end', endText(state, now, recipients, acked, refused, by or ''))
  else
    local place = o - baseOf(k) - 1
    local entry = redis.call('LINDEX', k.log, place) or ''
    if entry ~= '' and expiryOf(entry) <= now then state, reason = 'x', 'expired' end
    if state == 'd' then writeLetter(k, o, id, reason, entry, record, now, limits) end
    if place >= 0 and entry ~= '' then redis.call('LSET', k.log, place, 'x' .. id .. markOf(entry) .. reason) end
    redis.call('HSET', record, 'end', endText(state, now, recipients, acked, refused, reason))
  end
  redis.call('PEXPIRE', record, limits.retention)
  if refused > 0 then redis.call('PEXPIRE', refusalsKey(id, k.name), limits.retention) end
  if guarded and o <= triedOf(k) then redis.call('DEL', triesKey(id, k.name)) end
  book(k.app, STATES[state], 1)
  if not guarded then book(k.app, 'unguarded', -1) end
  return state, reason
end

-- Ends a delivery otherwise than by acks and records `<state> <reason> <id>` after its offset.
-- Returns like `finish`.
local function finishNoted(ended, k, o, id, policy, state, reason, now, limits)
  local became, cause = finish(k, o, id, policy, state, reason, now, limits)
  if became then
    ended[#ended + 1] = int(o)
    ended[#ended + 1] = STATES[became] .. ' ' .. cause .. ' ' .. id
  end
  return became, cause
end
