-- Shared by every session script. The one place that knows the states and who may change them:
--   open       held by a node under a generation; resume by any node raises the generation (take-over)
--   suspended  no socket; may be resumed until its deadline
--   expired    leaving its topics; never resumed; then forgotten
-- open → suspended: only the holder (node and generation) or the reaper of that node
-- open | suspended → expired: an operator; suspended → expired: the sweep after the deadline
-- @include clock

local function sessionKey(id) return P .. 's:' .. id end
local function heldKey(node) return P .. 'held:' .. node end
local EXPIRING = P .. 'expiring'
-- Nodes that hold sessions of this partition, also those that lost their lease with the rest of Redis.
local HOLDERS = P .. 'holders'

local function hold(node, id)
  redis.call('SADD', heldKey(node), id)
  redis.call('SADD', HOLDERS, node)
end

local UNKNOWN = '?'

local function load(id)
  local flat = redis.call('HGETALL', sessionKey(id))
  local record = {}
  for i = 1, #flat, 2 do record[flat[i]] = flat[i + 1] end
  return record
end

-- {topic, mark, ...}
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
