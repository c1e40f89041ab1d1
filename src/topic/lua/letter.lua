-- Returns one dead letter, and drops it on request.
-- KEYS  1 prefix
-- ARGV  1 app  2 letter id  3 'drop' or ''
-- Returns {letter id, record as a flat list}, empty if there is none
-- @include letter
local record = redis.call('HGETALL', P .. 'dead:' .. ARGV[1] .. ':' .. ARGV[2])
if #record == 0 then return {} end
if ARGV[3] == 'drop' then dropLetter(ARGV[1], ARGV[2]) end
return { ARGV[2], record }
