-- Whoever claims it takes the next sample of the whole installation.
-- KEYS  1 prefix
-- ARGV  1 node  2 how long nobody else may, ms
-- Returns 1 where it was free
return redis.call('SET', KEYS[1] .. 'sampler', ARGV[1], 'NX', 'PX', ARGV[2]) and 1 or 0
