-- Renews a node's lease.
-- KEYS  1 prefix
-- ARGV  1 node  2 lease ms, 0 releases it
-- Returns {1 if the lease was still held, 0 if it had expired; number of nodes with a lease}
-- @include clock
local held = redis.call('ZSCORE', P .. 'nodes', ARGV[1])
if ARGV[2] == '0' then
  redis.call('ZADD', P .. 'nodes', 0, ARGV[1])
else
  redis.call('ZADD', P .. 'nodes', int(nowMs() + tonumber(ARGV[2])), ARGV[1])
end
local wasHeld = held and tonumber(held) > nowMs() and 1 or 0
return { wasHeld, redis.call('ZCOUNT', P .. 'nodes', '(' .. int(nowMs()), '+inf') }
