-- Returns one page of the recipients of a delivery with their states: members in the order in which
-- they joined, then sessions that refused it and have left. One call looks at a bounded number of
-- members, so a page may be short of matches although more follow.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch  3 offset  4 place to start after or ''  5 maximum  6 'acked', 'pending',
--       'refused' or ''  7 id
-- Returns {place of the last one looked at, '' if there are no more, then for each session, state,
--       user or '', reason or '', place}; state acked | refused | pending
-- @include numbering
-- @include quiet
-- @include ranges
-- @include topic-keys
local CHUNK, MOST_LOOKED_AT = 250, 1000
local k = keysOf(ARGV[1])
local o, after, most, wanted = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6]
local refusals = refusalsKey(ARGV[7], k.name)
local out = { '' }
local count, place = 0, after

local function add(session, refusal, isDone)
  local state, user, reason = isDone and 'acked' or 'pending', '', ''
  if refusal then
    state = 'refused'
    user, reason = string.match(refusal, '^(.-)\n%d+\n(.*)$')
  end
  if wanted ~= '' and wanted ~= state then return end
  for _, word in ipairs({ session, state, user, reason, place }) do out[#out + 1] = word end
  count = count + 1
end

-- Adds the members at ranks from `from` on. Returns how many of them are recipients.
local function addMembers(from)
  local found = redis.call('ZRANGE', k.start, from, from + CHUNK - 1, 'WITHSCORES')
  local sessions = {}
  for i = 1, #found, 2 do
    if tonumber(found[i + 1]) >= o then break end
    sessions[#sessions + 1] = found[i]
  end
  if #sessions == 0 then return 0 end
  local cursors = redis.call('ZMSCORE', k.cur, unpack(sessions))
  local past = redis.call('HMGET', k.past, unpack(sessions))
  local skipped = redis.call('HMGET', k.skip, unpack(sessions))
  local refused = redis.call('HMGET', refusals, unpack(sessions))
  for i, session in ipairs(sessions) do
    if count >= most then return i - 1 end
    place = 'm ' .. found[2 * i] .. ' ' .. session
    if refused[i] or not (skipped[i] and holdsOffset(skipped[i], o)) then
      local isDone = tonumber(cursors[i]) >= o or redis.call('ZSCORE', k.ahead, int(o) .. ' ' .. session)
      add(session, refused[i], isDone and not (past[i] and holdsOffset(past[i], o)))
    end
  end
  return #sessions
end

-- Returns the rank of the first member after a place. A member that has left is put back for that.
local function rankAfter(start, session)
  local rank = redis.call('ZRANK', k.start, session)
  if rank then return rank + 1 end
  redis.call('ZADD', k.start, start, session)
  rank = redis.call('ZRANK', k.start, session)
  redis.call('ZREM', k.start, session)
  return rank
end

-- Returns true if there may be more members.
local function isStoppedInMembers()
  if string.sub(after, 1, 1) == 'r' or not isNumberedBy(k, ARGV[2]) then return false end
  index(k)
  local start, session = string.match(after, '^m (%S+) (.*)$')
  local from, looked = start and rankAfter(start, session) or 0, 0
  while looked < MOST_LOOKED_AT do
    local taken = addMembers(from)
    if count >= most then return true end
    if taken < CHUNK then return false end
    from, looked = from + taken, looked + taken
  end
  return true
end

local function addGone()
  local last = string.match(after, '^r (.*)$') or ''
  local refusers = redis.call('HKEYS', refusals)
  table.sort(refusers)
  for _, session in ipairs(refusers) do
    local start = tonumber(redis.call('ZSCORE', k.start, session))
    if session > last and not (start and start < o and isNumberedBy(k, ARGV[2])) then
      if count >= most then return true end
      place = 'r ' .. session
      add(session, redis.call('HGET', refusals, session))
    end
  end
  return false
end

if isStoppedInMembers() or addGone() then out[1] = place end
return out
