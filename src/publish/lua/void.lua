-- Makes sure that a record is never written: whoever comes later to append or to record finds that it is void.
-- KEYS  1 prefix
-- ARGV  1 id, with ":<name of the topic>" for a record of one of several targets  2 ttl ms, or '' to look only
-- Returns 1 where there is none, 0 where it was written
local key = KEYS[1] .. 'n:' .. ARGV[1]
local record = redis.call('HMGET', key, 's', 'v')
if record[1] then return 0 end
if ARGV[2] ~= '' then
  redis.call('HSET', key, 'v', 1)
  redis.call('PEXPIRE', key, ARGV[2])
end
return 1
