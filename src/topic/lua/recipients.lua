-- One page of the sessions that are recipients of an offset, with what each has done, by session id.
-- KEYS  1 prefix
-- ARGV  1 name  2 epoch  3 offset  4 after session or ''  5 most  6 'acked', 'pending' or ''
-- Returns {session, state, ...}; state acked | refused | pending
local k = keysOf(ARGV[1])
local o, after, most, wanted = tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[5]), ARGV[6]
if not isNumberedBy(k, ARGV[2]) then return {} end
local sessions = redis.call('ZRANGEBYSCORE', k.start, '-inf', int(o - 1))
table.sort(sessions)
local out = {}
for _, session in ipairs(sessions) do
  if #out >= most * 2 then break end
  if session > after then
    local mark = int(o) .. ' ' .. session
    local state = 'pending'
    if redis.call('ZSCORE', k.refused, mark) then
      state = 'refused'
    elseif tonumber(redis.call('ZSCORE', k.cur, session)) >= o or redis.call('ZSCORE', k.ahead, mark) then
      state = 'acked'
    end
    if wanted == '' or wanted == state then
      out[#out + 1] = session
      out[#out + 1] = state
    end
  end
end
return out
