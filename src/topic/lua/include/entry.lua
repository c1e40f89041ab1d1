-- Entries of a log and their placeholders.

-- Entry: priority(1: h, e or l) policy(1) expiresAt(8) id(21) mark(8) at(8) body.
-- Placeholder: 'x' id(21) mark(8) reason. Times are milliseconds in base 36.
-- The mark is random for each append: logs with the same mark at the same offset are equal up to
-- there.
local function timeOf(text, from)
  return tonumber(string.sub(text, from, from + 7), 36)
end

local function idOf(entry)
  return string.sub(entry, 11, 31)
end

local function bodyOf(entry)
  return string.sub(entry, 48)
end

local function isPlaceholder(entry)
  return string.byte(entry, 1) == 120
end

local function markOf(entry)
  if isPlaceholder(entry) then return string.sub(entry, 23, 30) end
  return string.sub(entry, 32, 39)
end

-- Replaces an entry that a failover has lost and somebody may have seen: its offset is never
-- reused.
local NOBODY = string.rep('0', 29)

-- Returns the traceparent at the end of the body of a traced entry.
local function traceOf(entry)
  return string.match(string.sub(entry, -72), '^,"traceparent":"([%x%-]+)"$')
end

-- Time of publication.
local function atOf(entry)
  return timeOf(entry, 40)
end

local function expiryOf(entry)
  return timeOf(entry, 3)
end

-- True if an entry can no longer be acknowledged: it has ended otherwise, or it has expired.
local function isGone(entry, now)
  return isPlaceholder(entry) or expiryOf(entry) <= now
end
