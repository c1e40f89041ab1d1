-- Creates sessions held by nodes, and makes them members of topics. Harmless when run twice.
-- KEYS  prefixes of the partitions of the sessions and topics
-- ARGV  1 number of topics that each session joins here, then for each session: positions among
--       KEYS of its prefix and of those of these topics, number of the following arguments, id,
--       user, app, node, epoch for a new topic, then its topics, with those that it joins first
-- Returns for each a list with what `subscribe` returns for each topic that it joins
-- @include session
-- @include topic/subscription
local joins = tonumber(ARGV[1])
local since = int(nowMs())

local function record(id, user, app, node, first, last)
  local fields = { 'user', user, 'app', app, 'node', node, 'state', 'open', 'gen', '1', 'since', since }
  for i = first, last do
    fields[#fields + 1] = 't:' .. ARGV[i]
    fields[#fields + 1] = UNKNOWN
  end
  redis.call('HSET', sessionKey(id), unpack(fields))
  hold(node, id)
end

-- The record names the topics before the session joins them, so that a sweep finds the memberships.
local function open(prefixes, at, last)
  local id, user, app, node, epoch = unpack(ARGV, at, at + 4)
  P = KEYS[tonumber(ARGV[prefixes])]
  record(id, user, app, node, at + 5, last)
  local memberships = {}
  for n = 1, joins do
    P = KEYS[tonumber(ARGV[prefixes + n])]
    memberships[n] = subscribe(app .. ':' .. ARGV[at + 4 + n], epoch, id, node, user)
  end
  return memberships
end

local out = {}
local i = 2
while i <= #ARGV do
  local size = i + 1 + joins
  local last = size + tonumber(ARGV[size])
  out[#out + 1] = open(i, size + 1, last)
  i = last + 1
end
return out
