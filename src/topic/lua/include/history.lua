-- History of a delivery.
-- @include clock

-- Records an event of a delivery for lookups: the last ones, one per line, `kind ms attempt
-- reason`.
local MAX_NOTES = 20
local function note(record, kind, now, attempt, reason)
  local known = redis.call('HGET', record, 'tl')
  local line = kind .. ' ' .. int(now) .. ' ' .. int(attempt) .. ' ' .. string.gsub(reason or '', '%c', ' ')
  local lines = known and known .. '\n' .. line or line
  local _, breaks = string.gsub(lines, '\n', '')
  if breaks >= MAX_NOTES then lines = string.gsub(lines, '^[^\n]*\n', '', 1) end
  redis.call('HSET', record, 'tl', lines)
end
