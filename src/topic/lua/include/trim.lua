-- Trimming of a log.
-- @include entry
-- @include topic-keys

-- epoch, base, on, at, out and al; any further fields may be collapse keys.
local PLAIN_FIELDS = 6

-- Removes the low end of a log: ended entries that every known session has passed (personal
-- topics), or that have expired. Readers learn of a trimmed range from `base`.
local function trim(k, now, base)
  base = base or baseOf(k)
  local length = redis.call('LLEN', k.log)
  if length == 0 then return end
  local personal = isPersonal(k.name)
  local lowestOpen = tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2]) or math.huge
  local passed = 0
  if personal then passed = tonumber(redis.call('ZRANGE', k.cur, 0, 0, 'WITHSCORES')[2]) or math.huge end
  local limit = math.min(base + length, lowestOpen - 1, base + 2000)
  local to = math.max(base, math.min(limit, passed))
  while to < limit do
    local entry = redis.call('LINDEX', k.log, to - base)
    if isPlaceholder(entry) then
      if personal then break end
    elseif expiryOf(entry) > now then
      break
    end
    to = to + 1
  end
  if to > base then
    redis.call('LTRIM', k.log, to - base, -1)
    redis.call('HSET', k.meta, 'base', int(to))
    redis.call('ZREMRANGEBYSCORE', k.refused, '-inf', int(to))
    if redis.call('HLEN', k.meta) > PLAIN_FIELDS then
      local meta = redis.call('HGETALL', k.meta)
      for i = 1, #meta, 2 do
        if string.sub(meta[i], 1, 2) == 'c:' and tonumber(meta[i + 1]) <= to then
          redis.call('HDEL', k.meta, meta[i])
        end
      end
    end
  end
end
