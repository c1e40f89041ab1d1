-- Quiet topics (docs/adr/0022-quiet-topics.md). A personal topic is quiet while its log holds
-- exactly its open deliveries and its only member, if any, has acknowledged everything before them.
-- Then log and `base` say everything: `open` is empty, and the member's score in `cur` may be out
-- of date. Appends and acks keep a topic quiet. A script that needs more than that calls `index`
-- first.
-- @include entry
-- @include topic-keys

local NOBODY_YET = '-'
local CHUNK = 64

-- Returns the member of a quiet topic, `NOBODY_YET` if it has none, or false if it is not quiet.
local function quietOf(k)
  return redis.call('HGET', k.meta, 'quiet')
end

-- Ends the quiet of a topic: fills `open` and `cur`, which tell more than log and `base` can.
local function index(k)
  local member = quietOf(k)
  if not member then return end
  local base = baseOf(k)
  local from = 0
  repeat
    local entries = redis.call('LRANGE', k.log, from, from + CHUNK - 1)
    local open = {}
    for i, entry in ipairs(entries) do
      open[#open + 1] = int(base + from + i)
      open[#open + 1] = string.sub(entry, 2, 2) .. idOf(entry)
    end
    if #open > 0 then redis.call('ZADD', k.open, unpack(open)) end
    from = from + CHUNK
  until #entries < CHUNK
  if member ~= NOBODY_YET then redis.call('ZADD', k.cur, 'XX', int(base), member) end
  redis.call('HDEL', k.meta, 'quiet')
end

-- Returns id and time of publication (ms) of the open delivery with the lowest offset, if any.
local function lowestOpen(k)
  local o = tonumber(redis.call('ZRANGE', k.open, 0, 0, 'WITHSCORES')[2])
  local place = o and o - baseOf(k) - 1 or quietOf(k) and 0
  local entry = place and redis.call('LINDEX', k.log, int(place))
  if entry then return idOf(entry), atOf(entry) end
end

-- Returns the number of open deliveries of a topic.
local function openCount(k)
  if quietOf(k) then return redis.call('LLEN', k.log) end
  return redis.call('ZCARD', k.open)
end
