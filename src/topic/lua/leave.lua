-- Removes a session from a topic for good: its share of the open deliveries is added to their
-- records, then all its data is removed. Harmless when run twice.
-- KEYS  1 prefix
-- ARGV  1 name  2 session  3 record retention ms  4 letter retention ms  5 letter cap
-- Returns {epoch or '', ended as in `finishNoted`}
-- @include members
-- @include quiet
-- @include reclaim
-- @include settle
-- @include trim
local k = keysOf(ARGV[1])
local session = ARGV[2]
local limits = { retention = ARGV[3], letterRetention = tonumber(ARGV[4]), letterCap = tonumber(ARGV[5]) }
index(k)
local cursor = tonumber(redis.call('ZSCORE', k.cur, session))
if not cursor then return { '', {} } end
local now = nowMs()
local start = tonumber(redis.call('ZSCORE', k.start, session)) or cursor
local open = redis.call('ZRANGEBYSCORE', k.open, '(' .. int(start), '+inf', 'WITHSCORES')

for i = 1, #open, 2 do
  local o = tonumber(open[i + 1])
  local id = string.sub(open[i], 2)
  local record = recordKey(id, k.name)
  if o <= triedOf(k) then redis.call('ZREM', triesKey(id, k.name), session) end
  local mark = int(o) .. ' ' .. session
  if redis.call('ZSCORE', k.refused, mark) then
    redis.call('HINCRBY', record, 'lr', 1)
  elseif o <= cursor or redis.call('ZSCORE', k.ahead, mark) then
    redis.call('HINCRBY', record, 'la', 1)
  else
    redis.call('HINCRBY', record, 'll', 1)
  end
end

local function removeMarks(key)
  if redis.call('EXISTS', key) == 0 then return end
  for _, mark in ipairs(redis.call('ZRANGE', key, 0, -1)) do
    if string.match(mark, ' (.*)$') == session then redis.call('ZREM', key, mark) end
  end
end
removeMarks(k.ahead)
removeMarks(k.refused)
redis.call('ZREM', k.cur, session)
redis.call('ZREM', k.start, session)
redis.call('HDEL', k.past, session)
redis.call('HDEL', k.skip, session)
disconnect(k, session)

local ended = {}
for i = 1, #open, 2 do settle(ended, k, tonumber(open[i + 1]), open[i], now, limits) end
local epoch = redis.call('HGET', k.meta, 'epoch') or ''
trim(k, now)
reclaim(k)
return { epoch, ended }
