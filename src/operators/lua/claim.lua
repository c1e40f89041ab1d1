-- Whoever claims it takes the next sample of the whole installation.
-- KEYS  1 prefix
-- ARGV  1 node  2 how long nobody else may, ms
-- Returns ms of the claim, or 0 where it is another's
if not redis.call('SET', KEYS[1] .. 'sampler', ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
local t = redis.call('TIME')
return t[1] * 1000 + math.floor(t[2] / 1000)
