-- Members of a topic.
-- @include clock

-- The number of connected sessions is stored beside the numbering, where an append reads it.
local function connect(k, session, at)
  if redis.call('HSET', k.live, session, at) == 1 then redis.call('HINCRBY', k.meta, 'on', 1) end
end

local function disconnect(k, session)
  if redis.call('HDEL', k.live, session) == 1 then redis.call('HINCRBY', k.meta, 'on', -1) end
end

-- Records that a session is done with an offset beyond its cursor. A flag tells acks that there are
-- such offsets.
local function passAhead(k, o, session)
  redis.call('ZADD', k.ahead, o, int(o) .. ' ' .. session)
  redis.call('HSET', k.meta, 'out', '1')
end
