-- Shared by every revocation script. All revocations are in one partition; a name is `<app> <id>`.
--   rv:items    hash    name → `<before ms> <ends ms> <created ms> <+ or -> <reason>`; `-`: lifted
--   rv:changed  zset    name by the number of its last change
--   rv:ends     zset    name by the time at which it may be forgotten
--   rv:index    zset    names in order
-- @include clock
local ITEMS, CHANGED, ENDS, INDEX = P .. 'rv:items', P .. 'rv:changed', P .. 'rv:ends', P .. 'rv:index'
local PURGED = 100

local function load(name)
  local value = redis.call('HGET', ITEMS, name)
  if not value then return nil end
  local before, ends, created, state, reason = string.match(value, '^(%d+) (%d+) (%d+) ([+-]) (.*)$')
  return {
    before = tonumber(before),
    ends = tonumber(ends),
    created = tonumber(created),
    state = state,
    reason = reason,
  }
end

-- Numbers changes by the clock, so that the numbers continue after a failover that has lost the
-- last ones.
local function save(name, item)
  local value = table.concat({ int(item.before), int(item.ends), int(item.created), item.state, item.reason }, ' ')
  local last = redis.call('ZREVRANGE', CHANGED, 0, 0, 'WITHSCORES')
  redis.call('HSET', ITEMS, name, value)
  redis.call('ZADD', CHANGED, int(math.max(nowMs(), tonumber(last[2] or 0) + 1)), name)
  redis.call('ZADD', ENDS, int(item.ends), name)
  redis.call('ZADD', INDEX, 0, name)
  local latest = redis.call('ZREVRANGE', ENDS, 0, 0, 'WITHSCORES')
  for _, key in ipairs({ ITEMS, CHANGED, ENDS, INDEX }) do redis.call('PEXPIREAT', key, int(tonumber(latest[2]))) end
  return value
end

local function purge()
  local over = redis.call('ZRANGEBYSCORE', ENDS, '-inf', int(nowMs()), 'LIMIT', 0, PURGED)
  if #over == 0 then return end
  redis.call('HDEL', ITEMS, unpack(over))
  for _, key in ipairs({ CHANGED, ENDS, INDEX }) do redis.call('ZREM', key, unpack(over)) end
end
