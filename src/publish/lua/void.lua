-- Prevents a record from ever being written: later attempts to append or record find that it is
-- void.
-- KEYS  1 prefix
-- ARGV  1 id, with ":<name of the topic>" for the record of one of several targets  2 ttl ms, or ''
--       to only check
-- Returns 1 if there is none, 0 if it was written
local key = KEYS[1] .. 'n:' .. ARGV[1]
local record = redis.call('HMGET', key, 's', 'append')
if record[1] or (record[2] and record[2] ~= 'void') then return 0 end
if ARGV[2] ~= '' then
  redis.call('HSET', key, 'append', 'void')
  redis.call('PEXPIRE', key, ARGV[2])
end
return 1
