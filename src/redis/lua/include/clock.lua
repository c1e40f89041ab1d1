-- Shared by every script. Every key of a script starts with a declared prefix "<prefix>:{p}:". On a
-- Cluster there is one prefix, so all keys are in one hash slot. Elsewhere a script may serve
-- several partitions, and P is the prefix of the current one.
local P = KEYS[1]

local function nowMs()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

-- Lua prints large numbers with 14 digits, but milliseconds have 13 and offsets may have more.
local function int(n)
  return string.format('%.0f', n)
end
