-- Lifts a revocation. Its entry stays until its end, so that every node learns of the change.
-- KEYS  1 prefix
-- ARGV  1 name
-- Returns 1, or 0 if there is none
-- @include revocation
local item = load(ARGV[1])
if not item or item.state ~= '+' or item.ends <= nowMs() then return 0 end
item.state = '-'
item.reason = ''
save(ARGV[1], item)
return 1
