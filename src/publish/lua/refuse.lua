-- Records that a request was refused and nothing of it is stored, so that its key may be used with
-- another body.
-- KEYS  1 prefix
-- ARGV  1 "<app> <publisher> <key>"  2 id
-- Returns 1, or 0 if somebody else has the key
local key = KEYS[1] .. 'k:' .. ARGV[1]
local known = redis.call('GET', key)
local claim, id = string.match(known or '', '^(%S+ (%S+) %S+)')
if id ~= ARGV[2] then return 0 end
redis.call('SET', key, claim .. ' r', 'KEEPTTL')
return 1
