-- Makes sessions members of topics and returns their positions. Harmless when run twice.
-- KEYS  prefixes of the partitions of the topics
-- ARGV  for each session and topic: position of its prefix among KEYS, number of the following
--       arguments, name, epoch for a new topic, session, node or '' (not live now), user
-- Returns for each what `subscribe` returns
-- @include subscription
local out = {}
for i = 1, #ARGV, 7 do
  P = KEYS[tonumber(ARGV[i])]
  out[#out + 1] = subscribe(ARGV[i + 2], ARGV[i + 3], ARGV[i + 4], ARGV[i + 5], ARGV[i + 6])
end
return out
