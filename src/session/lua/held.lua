-- Returns the sessions that a node holds according to their records.
-- KEYS  1 prefix
-- ARGV  1 node  2 age ms
-- Returns {session, generation, 1 if it has been held for at least that age, ...}
-- @include session
local out = {}
local now = nowMs()
for _, id in ipairs(redis.call('SMEMBERS', heldKey(ARGV[1]))) do
  local record = redis.call('HMGET', sessionKey(id), 'state', 'node', 'gen', 'since')
  if record[1] == 'open' and record[2] == ARGV[1] then
    out[#out + 1] = id
    out[#out + 1] = record[3]
    out[#out + 1] = now - tonumber(record[4]) >= tonumber(ARGV[2]) and 1 or 0
  else
    redis.call('SREM', heldKey(ARGV[1]), id)
  end
end
return out
