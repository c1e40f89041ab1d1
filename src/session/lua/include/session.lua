-- Shared by every session script. Defines the states and who may change them:
--   open       held by a node under a generation; a resume by any node raises the generation
--   suspended  no socket; may be resumed until its deadline
--   expired    leaving its topics; never resumed; then forgotten
-- open → suspended: only the holder (node and generation), or the reaper of its node
-- open | suspended → expired: an operator; suspended → expired: the sweep after the deadline
-- @include clock

local function sessionKey(id) return P .. 's:' .. id end
local function heldKey(node) return P .. 'held:' .. node end
local EXPIRING = P .. 'expiring'
-- Nodes that hold sessions of this partition, including those whose lease was lost with Redis's
-- data.
local function holdersKey() return P .. 'holders' end

local function hold(node, id)
  redis.call('SADD', heldKey(node), id)
  redis.call('SADD', holdersKey(), node)
end

local UNKNOWN = '?'

local function load(id)
  local flat = redis.call('HGETALL', sessionKey(id))
  local record = {}
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  return record
end

-- Returns {topic, mark, ...}
local function topicsOf(record)
  local out = {}
  for field, mark in pairs(record) do
    if string.sub(field, 1, 2) == 't:' then
      out[#out + 1] = string.sub(field, 3)
      out[#out + 1] = mark
    end
  end
  return out
end
