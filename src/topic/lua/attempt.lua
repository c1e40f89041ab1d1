-- Records the attempts of sessions, or that the ack wait after their last attempt is over.
-- KEYS  1 prefix
-- ARGV  1 record retention ms  2 letter retention ms  3 letter cap, then for each: name, session,
--       offset, attempt, ms since it was sent
-- Returns for each {epoch, ended as in `finishNoted`}
-- @include history
-- @include quiet
-- @include settle
local limits = { retention = ARGV[1], letterRetention = tonumber(ARGV[2]), letterCap = tonumber(ARGV[3]) }
local now = nowMs()

local function record(k, session, o, attempt, age, ended)
  index(k)
  local open = redis.call('ZRANGEBYSCORE', k.open, o, o)[1]
  local cursor = tonumber(redis.call('ZSCORE', k.cur, session))
  -- The session may have acknowledged it or left in the meantime.
  if not open or not cursor or cursor >= o or redis.call('ZSCORE', k.ahead, int(o) .. ' ' .. session) then return end
  local id = string.sub(open, 2)
  local key = recordKey(id, k.name)
  local rec = redis.call('HMGET', key, 'n', 'append')
  local terms = termsIn(rec[2])
  if attempt > (tonumber(rec[1]) or 1) then
    redis.call('HSET', key, 'n', int(attempt))
    note(key, 'r', now, attempt)
  end
  local due = now - age + terms.wait
  try(k, o, id, session, math.min(attempt, terms.most), due)
  if attempt >= terms.most and due <= now then settle(ended, k, o, open, now, limits) end
end

local out = {}
for i = 4, #ARGV, 5 do
  local k, ended = keysOf(ARGV[i]), {}
  record(k, ARGV[i + 1], tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]), ended)
  out[#out + 1] = { #ended > 0 and redis.call('HGET', k.meta, 'epoch') or '', ended }
end
return out
