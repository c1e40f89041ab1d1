-- Members of a topic.
-- @include topic-keys

-- The number of connected sessions is stored beside the numbering, where an append reads it.
-- So is the node of a session that is the only connected one, for topics of users and sessions.
local function connect(k, session, node, user)
  local isNew = redis.call('HSET', k.live, session, node .. ' ' .. user) == 1
  local online = isNew and redis.call('HINCRBY', k.meta, 'on', 1)
  if not isPersonal(k.name) then return end
  online = online or redis.call('HLEN', k.live)
  redis.call('HSET', k.meta, 'at', online == 1 and node or '')
end

local function disconnect(k, session)
  if redis.call('HDEL', k.live, session) == 0 then return end
  local online = redis.call('HINCRBY', k.meta, 'on', -1)
  if online == 1 and isPersonal(k.name) then
    redis.call('HSET', k.meta, 'at', string.match(redis.call('HVALS', k.live)[1], '^%S+'))
  end
end

-- Records that a session is done with an offset beyond its cursor. A flag tells acks that there are
-- such offsets.
local function passAhead(k, o, session)
  redis.call('ZADD', k.ahead, o, int(o) .. ' ' .. session)
  redis.call('HSET', k.meta, 'out', '1')
end
