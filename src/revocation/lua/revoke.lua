-- Adds a revocation; for an existing one, the later times win.
-- KEYS  1 prefix
-- ARGV  1 name  2 before ms  3 ends ms  4 maximum number of revocations  5 reason
-- Returns the value, or false if the maximum is reached
-- @include revocation
purge()
local item = load(ARGV[1])
if not item and redis.call('ZCARD', INDEX) >= tonumber(ARGV[4]) then return false end
local old = item and item.state == '+' and item or { before = 0, ends = 0, created = nowMs() }
return save(ARGV[1], {
  before = math.max(old.before, tonumber(ARGV[2])),
  ends = math.max(old.ends, tonumber(ARGV[3])),
  created = old.created,
  state = '+',
  reason = ARGV[5],
})
