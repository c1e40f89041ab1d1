-- Renews a node's lease.
-- KEYS  1 prefix
-- ARGV  1 node  2 lease ms, 0 gives it up
-- Returns {1 when the lease was still held, 0 when it had to be taken anew; how many nodes hold one}
-- @include clock
local held = redis.call('ZSCORE', P .. 'nodes', ARGV[1])
if ARGV[2] == '0' then
  redis.call('ZADD', P .. 'nodes', 0, ARGV[1])
else
  redis.call('ZADD', P .. 'nodes', int(nowMs() + tonumber(ARGV[2])), ARGV[1])
end
local wasHeld = held and tonumber(held) > nowMs() and 1 or 0
return { wasHeld, redis.call('ZCOUNT', P .. 'nodes', '(' .. int(nowMs()), '+inf') }
