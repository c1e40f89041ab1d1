-- Records the notification that a replay created.
-- KEYS  1 prefix
-- ARGV  1 app  2 letter id  3 notification id
-- Returns 1, or 0 if there is no such letter
-- @include clock
local key = P .. 'dead:' .. ARGV[1] .. ':' .. ARGV[2]
if redis.call('EXISTS', key) == 0 then return 0 end
redis.call('HSET', key, 'as', ARGV[3])
return 1
