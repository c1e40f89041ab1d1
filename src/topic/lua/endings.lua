-- How a delivery ends, and what is counted when it does.

-- `k.over`: how many cursors have just gone over an offset without an acknowledgement.
local function count(k, o)
  local at = int(o)
  local over = rawget(k, 'over')
  local recipients = redis.call('ZCOUNT', k.start, '-inf', int(o - 1))
  local refused = redis.call('ZCOUNT', k.refused, at, at)
  local acked = redis.call('ZCOUNT', k.cur, at, '+inf') - redis.call('ZCOUNT', k.start, at, '+inf')
    + redis.call('ZCOUNT', k.ahead, at, at) - refused - (over and over[o] or 0)
  return recipients, acked, refused
end

-- One that asks for no acknowledgement never ends of itself and is not frozen: whoever was told that it is gone has not acknowledged
-- it, whoever came after others had it is none of its recipients, and who refused it may have left.
local function countUnguarded(k, o, id)
  local recipients, done = count(k, o)
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

-- How many a delivery that has not ended has as its recipients, and how many of them acknowledged it and refused it.
local function countOf(k, o, id, policy)
  if policy == 'n' then return countUnguarded(k, o, id) end
  return count(k, o)
end

-- Whether nobody has acknowledged it, present or gone.
local function isUntouched(k, o, id, policy)
  local _, acked = countOf(k, o, id, policy)
  return acked + (tonumber(redis.call('HGET', recordKey(id, k.name), 'la')) or 0) == 0
end

local function dropLetter(app, letter)
  redis.call('ZREM', P .. 'dead:' .. app, letter)
  redis.call('DEL', P .. 'dead:' .. app .. ':' .. letter)
end

-- Recipients that a letter names of those who used up their attempts, and of those who refused.
local MAX_NAMED = 50

-- Who is to blame: session, attempts, user, and where it refused the reason behind an 'r', one line each with tabs between.
local function blameOf(k, o, id, most)
  local lines = {}
  local function blame(...)
    lines[#lines + 1] = table.concat({ ... }, '\t')
  end
  if o <= triedOf(k) then
    local tries = redis.call('ZREVRANGE', triesKey(id, k.name), 0, MAX_NAMED - 1, 'WITHSCORES')
    for i = 1, #tries, 2 do
      local user = string.match(redis.call('HGET', k.live, tries[i]) or '', ' (.*)$') or ''
      blame(tries[i], int(math.min(most, math.floor(tries[i + 1] / ATTEMPT))), user, '')
    end
  end
  local refusals = redis.call('HRANDFIELD', refusalsKey(id, k.name), MAX_NAMED, 'WITHVALUES')
  for i = 1, #refusals, 2 do
    local user, attempt, reason = string.match(refusals[i + 1], '^(.-)\n(%d+)\n(.*)$')
    blame(refusals[i], attempt, user, 'r' .. reason)
  end
  return table.concat(lines, '\n')
end

-- Writes the dead letter in the script that ends the delivery: in a second step it could be lost.
local function writeLetter(k, o, id, reason, entry, record, now, limits)
  local letter = id
  if string.byte(id, 1) == 109 then letter = id .. '~' .. k.name end
  local index = P .. 'dead:' .. k.app
  local key = index .. ':' .. letter
  local rec = redis.call('HMGET', record, 'n', 'f')
  local terms = termsOf(rec[2])
  redis.call('HSET', key, 'id', id, 'k', k.name, 'o', o, 'rs', reason, 'z', now, 'e', entry,
    'n', rec[1] or '1', 'w', terms.wait, 'm', terms.most, 'ttl', terms.expires - terms.at, 'p', terms.policy,
    'b', blameOf(k, o, id, terms.most))
  redis.call('PEXPIRE', key, limits.letterRetention)
  redis.call('ZADD', index, int(now), letter)
  for _, old in ipairs(redis.call('ZRANGEBYSCORE', index, '-inf', int(now - limits.letterRetention), 'LIMIT', 0, 10)) do
    dropLetter(k.app, old)
  end
  local over = redis.call('ZCARD', index) - limits.letterCap
  if over > 0 then
    for _, old in ipairs(redis.call('ZRANGE', index, 0, over - 1)) do dropLetter(k.app, old) end
  end
end

local function membersOf(k)
  local members = rawget(k, 'members') or redis.call('ZCARD', k.cur)
  k.members = members
  return members
end

local STATES = { a = 'acked', x = 'expired', c = 'cancelled', d = 'dead' }

-- The only way out of pending (or, for a cancel, of unguarded). One winner: whoever takes it from what is open.
-- `by`: the member whose ack it was. Returns the state in which this call ended the delivery and the reason, or false. What is past its
-- expiry expires, whatever else would have ended it; whoever ends it as acknowledged has looked.
local function finish(k, o, id, policy, state, reason, now, limits, by)
  local record = recordKey(id, k.name)
  local guarded = policy ~= 'n'
  if guarded then
    if redis.call('ZREM', k.open, policy .. id) == 0 then return false end
  else
    local known = redis.call('HMGET', record, 's', 'f')
    if state ~= 'c' or known[1] ~= 'u' or termsOf(known[2]).expires <= now then return false end
  end
  local recipients, acked, refused = 1, 1, 0
  -- Where an acker is the only member, there is nothing to count.
  if state ~= 'a' or not by or membersOf(k) > 1 then recipients, acked, refused = countOf(k, o, id, policy) end
  if state == 'a' then
    redis.call('HSET', record, 's', state, 'z', int(now), 'R', recipients, 'A', acked, 'N', refused, 'by', by or '')
  else
    local index = o - baseOf(k) - 1
    local entry = redis.call('LINDEX', k.log, index) or ''
    if entry ~= '' and expiryOf(entry) <= now then state, reason = 'x', 'expired' end
    if state == 'd' then writeLetter(k, o, id, reason, entry, record, now, limits) end
    if index >= 0 and entry ~= '' then redis.call('LSET', k.log, index, 'x' .. id .. markOf(entry) .. reason) end
    redis.call('HSET', record, 's', state, 'z', int(now), 'R', recipients, 'A', acked, 'N', refused, 'rs', reason)
  end
  redis.call('PEXPIRE', record, limits.retention)
  if refused > 0 then redis.call('PEXPIRE', refusalsKey(id, k.name), limits.retention) end
  if guarded and o <= triedOf(k) then redis.call('DEL', triesKey(id, k.name)) end
  book(k.app, STATES[state], 1)
  if not guarded then book(k.app, 'unguarded', -1) end
  return state, reason
end

-- Ends a delivery otherwise than by acks, and notes how: `<state> <reason> <id>` behind its offset. Returns as `finish`.
local function finishNoted(ended, k, o, id, policy, state, reason, now, limits)
  local became, cause = finish(k, o, id, policy, state, reason, now, limits)
  if became then
    ended[#ended + 1] = int(o)
    ended[#ended + 1] = STATES[became] .. ' ' .. cause .. ' ' .. id
  end
  return became, cause
end

-- A delivery whose recipients changed (ack, refusal, a leaver, one who used up its attempts): ends it when its policy is fulfilled, or
-- nobody is left who could.
-- With nobody left of whom nobody said anything it stays open until it expires.
local function settle(ended, k, o, member, now, limits, by)
  local policy, id = string.sub(member, 1, 1), string.sub(member, 2)
  local left = redis.call('HMGET', recordKey(id, k.name), 'la', 'lr', 'f')
  local terms = termsOf(left[3])
  if terms.expires <= now then return finishNoted(ended, k, o, id, policy, 'x', 'expired', now, limits) end
  local recipients, acked, refused = count(k, o)
  local ackedEver, refusedEver = acked + (tonumber(left[1]) or 0), refused + (tonumber(left[2]) or 0)
  local waiting = recipients - acked - refused
  if policy == 'a' and ackedEver > 0 then return finish(k, o, id, policy, 'a', nil, now, limits, by) end
  if waiting > 0 then
    if spentOf(k, o, id, terms.most, now) < waiting then return false end
    return finishNoted(ended, k, o, id, policy, 'd', 'max_attempts', now, limits)
  end
  if ackedEver + refusedEver == 0 then return false end
  if refusedEver > 0 then return finishNoted(ended, k, o, id, policy, 'd', 'refused', now, limits) end
  return finish(k, o, id, policy, 'a', nil, now, limits, by)
end
