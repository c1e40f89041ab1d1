-- Records how often deliveries have been sent again (the highest of all sessions counts).
-- KEYS  1 prefix
-- ARGV  triples: name, offset, attempt
-- Returns how many records were raised
local raised = 0
local now = nowMs()
for i = 1, #ARGV, 3 do
  local k = keysOf(ARGV[i])
  local open = redis.call('ZRANGEBYSCORE', k.open, ARGV[i + 1], ARGV[i + 1])[1]
  if open then
    local record = recordKey(string.sub(open, 2), k.name)
    local attempt = tonumber(ARGV[i + 2])
    local known = redis.call('HMGET', record, 'n', 'rt')
    -- A nack has counted the attempt already, so what was told is kept apart.
    if attempt > (tonumber(known[2]) or 1) then
      redis.call('HSET', record, 'rt', attempt)
      note(record, 'r', now, attempt)
    end
    if attempt > (tonumber(known[1]) or 1) then
      redis.call('HSET', record, 'n', attempt)
      raised = raised + 1
    end
  end
end
return raised
