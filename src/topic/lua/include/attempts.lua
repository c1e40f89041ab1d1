-- Attempts of each recipient of a delivery.
-- @include topic-keys

-- Whom a delivery was sent again: session -> how often it was sent it, and when its ack wait is over, in one number. Attempts beyond
-- the most count as the most, but one who sent the last one back has made one more and waits for nothing. They end with the delivery.
local ATTEMPT = 4e12
local function triesKey(id, name)
  return deliveryKey('tries:', id, name)
end

-- The highest offset of which there are, or were, tries: an ack of what lies above has nothing to look for.
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

-- How many have used up their attempts and the wait behind the last one, and how many have used them up.
local function spentOf(k, o, id, most, now)
  if o > triedOf(k) then return 0, 0 end
  local key, from = triesKey(id, k.name), most * ATTEMPT
  local back = redis.call('ZCOUNT', key, int(from + ATTEMPT), '+inf')
  return redis.call('ZCOUNT', key, int(from), int(from + now)) + back, redis.call('ZCOUNT', key, int(from), '+inf')
end
