-- Gives a lease to nodes that hold sessions without one; live nodes renew it before it expires.
-- KEYS  1 prefix
-- ARGV  1 lease ms, then nodes
-- Returns the number of nodes without a lease
-- @include clock
local adopted = 0
for i = 2, #ARGV do
  adopted = adopted + redis.call('ZADD', P .. 'nodes', 'NX', int(nowMs() + tonumber(ARGV[1])), ARGV[i])
end
return adopted
