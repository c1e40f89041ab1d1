-- Terms of a delivery.
-- @include entry

-- Terms of a delivery as text: policy(1) expiresAt(8) at(8) ackWait ' ' maxAttempts.
local NO_TERMS = 'a' .. string.rep('0', 16) .. '0 0'

-- Parses them; without them, a delivery counts as expired.
local function termsOf(text)
  text = text or NO_TERMS
  local wait, most = string.match(text, '^(%d+) (%d+)$', 18)
  return {
    policy = string.sub(text, 1, 1), expires = timeOf(text, 2), at = timeOf(text, 10),
    wait = tonumber(wait), most = tonumber(most),
  }
end
