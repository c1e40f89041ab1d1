-- Appends notifications to one topic's log; harmless when run twice with the same ids.
-- KEYS  1 prefix "<prefix>:{p}:"
-- ARGV  1 name "<app>:<topic>"  2 mark of this append, and epoch of a new topic  3 most open deliveries (personal topics refuse beyond)
--       4 most entries (the oldest is dropped beyond)  5 record retention ms  6 letter retention ms  7 letter cap
--       8 number of items, then for each: id, policy a|l|n, created ms, expires ms, ack wait ms, max attempts,
--       collapse key or '', priority or '', type or '', metadata JSON or '', entry body
-- Returns {epoch, wakeAt or '', ended {offset, reason, ...}, then for each item {status, offset, online, its epoch}};
--       status 1 appended, 0 was there already, -1 topic full; wakeAt: a guard job must be added for that time
local k = keysOf(ARGV[1])
local limits = { retention = ARGV[5], letterRetention = tonumber(ARGV[6]), letterCap = tonumber(ARGV[7]) }
local now = nowMs()
local epoch = epochOf(k, ARGV[2])
local personal = isPersonal(k.name)
local maxOpen, maxEntries = tonumber(ARGV[3]), tonumber(ARGV[4])
local base = baseOf(k)
local length = redis.call('LLEN', k.log)
local online = redis.call('HLEN', k.live)
local accepted, unguarded, wake = 0, 0, math.huge
local ended, out = {}, { epoch, '', false }

local function isOldestOpen()
  return tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2]) == base + 1
end

-- A personal topic refuses rather than drop what somebody has still to acknowledge.
local function isFull(policy)
  if not personal then return false end
  if policy == 'n' then return length >= maxOpen and isOldestOpen() end
  return redis.call('ZCARD', k.open) >= maxOpen
end

local function dropOldest()
  local entry = redis.call('LINDEX', k.log, 0)
  if not isPlaceholder(entry) then
    local id = string.sub(entry, 16, 36)
    if string.byte(entry, 2) ~= 110 and finish(k, base + 1, id, 'd', 'overflow', now, limits) then
      ended[#ended + 1] = int(base + 1)
      ended[#ended + 1] = 'dead'
    end
  end
  redis.call('LPOP', k.log)
  base = base + 1
  length = length - 1
  redis.call('HSET', k.meta, 'base', int(base))
end

local function collapse(key)
  local field = 'c:' .. key
  local o = tonumber(redis.call('HGET', k.meta, field))
  if o and o > base then
    local entry = redis.call('LINDEX', k.log, o - base - 1)
    if entry and not isPlaceholder(entry) then
      local id = string.sub(entry, 16, 36)
      if isUntouched(k, o, id) and finish(k, o, id, 'c', 'collapsed', now, limits) then
        ended[#ended + 1] = int(o)
        ended[#ended + 1] = 'cancelled'
      end
    end
  end
  return field
end

for i = 9, #ARGV, 11 do
  local id, policy, created, expires = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  local record = recordKey(id, k.name)
  local known = redis.call('HMGET', record, 'o', 'on', 'e')
  if known[1] then
    -- A confirm counts the writes of this connection: without one here a retry could be confirmed for nothing.
    redis.call('HSET', record, 'r', int(now))
    out[#out + 1] = { 0, tonumber(known[1]), tonumber(known[2]), known[3] }
  elseif isFull(policy) then
    out[#out + 1] = { -1, 0, online, epoch }
  else
    local field
    if ARGV[i + 6] ~= '' then field = collapse(ARGV[i + 6]) end
    length = redis.call('RPUSH', k.log, 'e' .. policy .. expires .. id .. ARGV[2] .. ARGV[i + 10])
    local o = base + length
    local fields = { 's', policy == 'n' and 'u' or 'p', 'o', int(o), 'e', epoch, 'k', k.name, 'p', policy, 't', created,
      'x', expires, 'on', online }
    if policy ~= 'n' then
      fields[#fields + 1] = 'w'; fields[#fields + 1] = ARGV[i + 4]
      fields[#fields + 1] = 'm'; fields[#fields + 1] = ARGV[i + 5]
    end
    if ARGV[i + 7] ~= '' then fields[#fields + 1] = 'pr'; fields[#fields + 1] = ARGV[i + 7] end
    if ARGV[i + 8] ~= '' then fields[#fields + 1] = 'ty'; fields[#fields + 1] = ARGV[i + 8] end
    if ARGV[i + 9] ~= '' then fields[#fields + 1] = 'md'; fields[#fields + 1] = ARGV[i + 9] end
    redis.call('HSET', record, unpack(fields))
    redis.call('PEXPIREAT', record, int(tonumber(expires) + tonumber(limits.retention)))
    if field then redis.call('HSET', k.meta, field, int(o)) end
    accepted = accepted + 1
    if policy == 'n' then
      unguarded = unguarded + 1
      wake = math.min(wake, tonumber(expires))
    else
      redis.call('ZADD', k.open, int(o), policy .. id)
      if online > 0 then
        wake = math.min(wake, bucket(now + tonumber(ARGV[i + 4]), now))
      end
      wake = math.min(wake, tonumber(expires))
    end
    if length > maxEntries and not (personal and (policy ~= 'n' or isOldestOpen())) then dropOldest() end
    out[#out + 1] = { 1, o, online, epoch }
  end
end

if accepted > 0 then
  book(k.app, 'accepted', accepted)
  if unguarded > 0 then book(k.app, 'unguarded', unguarded) end
  if alarm(k, wake) and online > 0 and accepted > unguarded then out[2] = int(wake) end
end
out[3] = ended
return out
