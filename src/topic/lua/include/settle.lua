-- Ends of deliveries whose recipients have changed.
-- @include finish

-- Ends a delivery after a change of its recipients (ack, refusal, leave, attempts used up) if its
-- policy is fulfilled or nobody is left who could fulfill it. If all recipients left without a
-- word, it stays open until it expires.
local function settle(ended, k, o, member, now, limits, by)
  local policy, id = string.sub(member, 1, 1), string.sub(member, 2)
  local left = redis.call('HMGET', recordKey(id, k.name), 'la', 'lr', 'append')
  local terms = termsIn(left[3])
  if terms.expires <= now then return finishNoted(ended, k, o, id, policy, 'x', 'expired', now, limits) end
  local recipients, acked, refused = receiptCounts(k, o)
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
