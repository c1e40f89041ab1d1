-- Returns one page of the recipients of a delivery with their states, by session id. Sessions that
-- refused it are included even after they have left. It reads and sorts all recipients for each
-- page: at most MAX_SESSIONS_PER_USER in the topic of a user, but no setting bounds them in a named
-- topic, where 100,000 occupy Redis for about 0.3 s.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch  3 offset  4 session to start after or ''  5 maximum  6 'acked', 'pending',
--       'refused' or ''  7 id
-- Returns {session, state, user or '', reason or '', ...}; state acked | refused | pending
-- @include numbering
-- @include quiet
-- @include ranges
-- @include topic-keys
local k = keysOf(ARGV[1])
local o, after, most, wanted, id = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6], ARGV[7]
local refusals, sessions = {}, {}
local refused = redis.call('HGETALL', refusalsKey(id, k.name))
for i = 1, #refused, 2 do refusals[refused[i]] = refused[i + 1] end

index(k)
local numbered = isNumberedBy(k, ARGV[2])
local passed, skipped = {}, {}
if numbered then
  passed, skipped = holdersOf(k.past, o), holdersOf(k.skip, o)
  for _, session in ipairs(redis.call('ZRANGEBYSCORE', k.start, '-inf', int(o - 1))) do
    if not refusals[session] and not skipped[session] then sessions[#sessions + 1] = session end
  end
end
for session in pairs(refusals) do sessions[#sessions + 1] = session end
table.sort(sessions)

local function isDone(session)
  if passed[session] then return false end
  return tonumber(redis.call('ZSCORE', k.cur, session)) >= o or redis.call('ZSCORE', k.ahead, int(o) .. ' ' .. session)
end

local out = {}
for _, session in ipairs(sessions) do
  if #out >= most * 4 then break end
  if session > after then
    local state, user, reason = 'pending', '', ''
    if refusals[session] then
      state = 'refused'
      user, reason = string.match(refusals[session], '^(.-)\n%d+\n(.*)$')
    elseif isDone(session) then
      state = 'acked'
    end
    if wanted == '' or wanted == state then
      for _, word in ipairs({ session, state, user, reason }) do out[#out + 1] = word end
    end
  end
end
return out
