-- Attempts of each recipient of a delivery.
-- @include topic-keys

-- Attempts by session: the number of attempts and the end of the ack wait, combined into one
-- number. Attempts beyond the maximum count as the maximum, but a nack of the last one counts as
-- one more and waits for nothing. They are removed with the delivery.
local ATTEMPT = 4e12
local function triesKey(id, name)
  return deliveryKey('tries:', id, name)
end

-- Highest offset that has or had attempts; acks above it need no lookup.
local function triedOf(k)
  local tried = rawget(k, 'tried') or tonumber(redis.call('HGET', k.meta, 'tried')) or 0
  k.tried = tried
  return tried
end

local function try(k, o, id, session, attempt, due)
  redis.call('ZADD', triesKey(id, k.name), 'GT', int(attempt * ATTEMPT + due), session)
  if o <= triedOf(k) then return end
  k.tried = o
  redis.call('HSET', k.meta, 'tried', int(o))
end

-- Returns how many sessions have used up their attempts and their last ack wait, and how many have
--       used up their attempts.
local function spentOf(k, o, id, most, now)
  if o > triedOf(k) then return 0, 0 end
  local key, from = triesKey(id, k.name), most * ATTEMPT
  local back = redis.call('ZCOUNT', key, int(from + ATTEMPT), '+inf')
  return redis.call('ZCOUNT', key, int(from), int(from + now)) + back, redis.call('ZCOUNT', key, int(from), '+inf')
end
