-- Returns nodes whose lease has expired.
-- KEYS  1 prefix
-- ARGV  nodes that no longer hold anything and can be forgotten
-- Returns the nodes that remain to be reaped
-- @include clock
local now = int(nowMs())
for i = 1, #ARGV do
  local lease = redis.call('ZSCORE', P .. 'nodes', ARGV[i])
  if lease and tonumber(lease) <= tonumber(now) then redis.call('ZREM', P .. 'nodes', ARGV[i]) end
end
return redis.call('ZRANGEBYSCORE', P .. 'nodes', '-inf', now)
