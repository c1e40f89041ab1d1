-- Sets of offsets as text, such as `3-9,12` in ascending order: the set of a session is mostly one
-- run.
-- @include clock

-- Maximum size. A session that acknowledges every other offset would exceed it; then the oldest
-- runs are joined, and the offsets between them count as part of the set.
local MAX_RANGES_BYTES = 2048

local function rangeText(from, to)
  if from == to then return int(from) end
  return int(from) .. '-' .. int(to)
end

-- Adds offsets that are all above those of the set.
local function withRange(ranges, from, to)
  if not ranges then return rangeText(from, to) end
  local before, start, last = string.match(ranges, '^(.-)(%d+)%-?(%d*)$')
  local top = tonumber(last ~= '' and last or start)
  if top + 1 == from then
    return before .. rangeText(tonumber(start), to)
  end
  ranges = ranges .. ',' .. rangeText(from, to)
  while #ranges > MAX_RANGES_BYTES do
    local first, second, rest = string.match(ranges, '^(%d+)[^,]*,([^,]+)(.*)$')
    ranges = first .. '-' .. string.match(second, '%d+$') .. rest
  end
  return ranges
end

local function holdsOffset(ranges, o)
  for from, to in string.gmatch(ranges, '(%d+)%-?(%d*)') do
    if o < tonumber(from) then return false end
    if o <= tonumber(to ~= '' and to or from) then return true end
  end
  return false
end

-- Returns the sessions whose set at `key` (session -> set) holds an offset, as keys of a table, and
--       their number.
local function holdersOf(key, o)
  local found, size = {}, 0
  local sets = redis.call('HGETALL', key)
  for i = 1, #sets, 2 do
    if holdsOffset(sets[i + 1], o) then
      found[sets[i]] = true
      size = size + 1
    end
  end
  return found, size
end
