-- Claims the next sample of the whole installation for one node.
-- KEYS  1 prefix
-- ARGV  1 node  2 how long nobody else may, ms
-- Returns ms of the claim, or 0 if it is another's
-- @include clock
if not redis.call('SET', P .. 'sampler', ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
return nowMs()
