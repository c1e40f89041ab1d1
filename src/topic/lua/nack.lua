-- Records that a session could not handle a delivery: it is sent again while attempts are left, or
-- (terminate) never again.
-- KEYS  1 prefix
-- ARGV  1 name  2 session  3 offset  4 '1' to refuse for good  5 maximum attempts of an unguarded
--       delivery  6 reason  7 record retention ms  8 letter retention ms  9 letter cap  10 attempts
--       of this session so far  11 offset and  12 mark of an entry of the log from which the
--       session was served ('0' and '' if unknown)
-- Returns {status, ended as in `finishNoted`}. Status: 1 send again, 0 do not (ended, refused or
--       used up), -1 not a member or not a recipient, -2 above the head, -3 another log
-- @include history
-- @include members
-- @include numbering
-- @include quiet
-- @include settle
local now = nowMs()

-- Stored separately: a session may leave, and its topic forget it, long before anybody asks who
-- refused.
local function refuse(k, id, session, attempt, reason, limits)
  local key = refusalsKey(id, k.name)
  local user = string.match(redis.call('HGET', k.live, session) or '', ' (.*)$') or ''
  redis.call('HSET', key, session, user .. '\n' .. int(attempt) .. '\n' .. string.gsub(reason, '%c', ' '))
  local terms = termsIn(redis.call('HGET', recordKey(id, k.name), 'append'))
  redis.call('PEXPIREAT', key, int(math.max(terms.expires, now) + tonumber(limits.retention)))
end

local k = keysOf(ARGV[1])
local session, o = ARGV[2], tonumber(ARGV[3])
local limits = { retention = ARGV[7], letterRetention = tonumber(ARGV[8]), letterCap = tonumber(ARGV[9]) }
index(k)
local cursor = tonumber(redis.call('ZSCORE', k.cur, session))
if not cursor then return { -1, {} } end
local base = baseOf(k)
local head = base + redis.call('LLEN', k.log)
if hasDiverged(k, base, head, 0, tonumber(ARGV[11]), ARGV[12]) then return { -3, {} } end
if o > head then return { -2, {} } end
local mark = int(o) .. ' ' .. session
if o <= cursor or o <= base or redis.call('ZSCORE', k.ahead, mark) then return { 0, {} } end
local entry = redis.call('LINDEX', k.log, o - base - 1)
if not entry or isPlaceholder(entry) then return { 0, {} } end
local id = idOf(entry)
local ended = {}
if isGone(entry, now) then
  finishNoted(ended, k, o, id, string.sub(entry, 2, 2), 'x', 'expired', now, limits)
  return { 0, ended }
end
local open = redis.call('ZRANGEBYSCORE', k.open, ARGV[3], ARGV[3])[1]

if ARGV[4] == '1' then
  redis.call('ZADD', k.refused, int(o), mark)
  passAhead(k, o, session)
  if open and o <= triedOf(k) then redis.call('ZREM', triesKey(id, k.name), session) end
  refuse(k, id, session, tonumber(ARGV[10]), ARGV[6], limits)
  if open then
    note(recordKey(id, k.name), 'k', now, tonumber(ARGV[10]), ARGV[6])
    settle(ended, k, o, open, now, limits, session)
  elseif redis.call('HEXISTS', recordKey(id, k.name), 'end') == 1 then
    redis.call('HINCRBY', recordKey(id, k.name), 'N+', 1)
  end
  return { 0, ended }
end
local made = tonumber(ARGV[10])
if not open then
  return { made < tonumber(ARGV[5]) and 1 or 0, {} }
end
local record = recordKey(id, k.name)
local most = termsIn(redis.call('HGET', record, 'append')).most
note(record, 'k', now, made, ARGV[6])
if made < most then return { 1, {} } end
try(k, o, id, session, most + 1, 0)
settle(ended, k, o, open, now, limits)
return { 0, ended }
