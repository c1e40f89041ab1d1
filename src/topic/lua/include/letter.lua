-- Dead letters.
-- @include attempts
-- @include record

local function dropLetter(app, letter)
  redis.call('ZREM', P .. 'dead:' .. app, letter)
  redis.call('DEL', P .. 'dead:' .. app .. ':' .. letter)
end

-- Maximum recipients named in a letter, for those without attempts left and for those that refused.
local MAX_NAMED = 50

-- Returns the recipients to blame, one per line, tab-separated: session, attempts, user, and 'r'
--       with the reason if it refused.
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
  local rec = redis.call('HMGET', record, 'n', 'append')
  local terms = termsIn(rec[2])
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
