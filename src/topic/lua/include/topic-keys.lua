-- Keys of a topic and of its deliveries; docs/redis.md lists them.
-- @include clock

-- Keys of a topic (log, meta, cur, start, ahead, refused, past, skip, open and live), each built on
-- first use.
local KEYS_OF_TOPIC = {
  __index = function(k, suffix)
    local key = k.prefix .. suffix
    k[suffix] = key
    return key
  end,
}

local function keysOf(name)
  local k = { name = name, app = string.match(name, '^[^:]+'), prefix = P .. 't:' .. name .. ':' }
  return setmetatable(k, KEYS_OF_TOPIC)
end

-- Ids of kind 'm' have one key of a kind for each target, all others a single one.
local function deliveryKey(kind, id, name)
  if string.byte(id, 1) == 109 then return P .. kind .. id .. ':' .. name end
  return P .. kind .. id
end

local function recordKey(id, name)
  return deliveryKey('n:', id, name)
end

-- Refusals of a delivery: session -> user, attempt and reason, one per line.
local function refusalsKey(id, name)
  return deliveryKey('refusals:', id, name)
end

local function isPersonal(name)
  local kind = string.match(name, '^[^:]+:(%a+):')
  return kind == 'user' or kind == 'session'
end

local function baseOf(k)
  return tonumber(redis.call('HGET', k.meta, 'base')) or 0
end
