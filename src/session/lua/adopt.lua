-- Gives nodes that hold sessions and have no lease one that runs out: who lives renews it.
-- KEYS  1 prefix
-- ARGV  1 lease ms, then nodes
-- Returns how many had none
-- @include clock
local adopted = 0
for i = 2, #ARGV do
  adopted = adopted + redis.call('ZADD', P .. 'nodes', 'NX', int(nowMs() + tonumber(ARGV[1])), ARGV[i])
end
return adopted
