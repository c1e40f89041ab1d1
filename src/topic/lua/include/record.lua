-- Record of a delivery: a hash that outlives its entry. `append` is written once with the entry,
-- `end` once when the delivery ends; all other fields are written only if something happens in
-- between.
-- @include terms

-- `append`: offset, epoch, sessions connected then, terms (include/terms) and topic, then one line
-- each for priority, type and metadata.
local function birthText(o, epoch, online, entry, patience, name, about)
  local terms = string.sub(entry, 2, 10) .. string.sub(entry, 40, 47) .. patience
  return int(o) .. ' ' .. epoch .. ' ' .. online .. ' ' .. terms .. ' ' .. name .. '\n' .. about
end

-- Returns offset, epoch, number of sessions connected at the append, terms as text, and topic;
-- nothing if the text is not that of a delivery.
local function birthOf(text)
  local o, epoch, online, terms, name = string.match(text or '', '^(%d+) (%S+) (%d+) (%S+ %d+) (%S+)')
  if o then return tonumber(o), epoch, tonumber(online), terms, name end
end

-- Returns the parsed terms; a delivery whose record is gone counts as expired.
local function termsIn(text)
  local _, _, _, terms = birthOf(text)
  return termsOf(terms)
end

-- `end`: state, time in ms, recipients, acks and refusals then, and reason or acknowledging
-- session.
local function endText(state, now, recipients, acked, refused, why)
  return state .. ' ' .. int(now) .. ' ' .. recipients .. ' ' .. acked .. ' ' .. refused .. ' ' .. why
end
