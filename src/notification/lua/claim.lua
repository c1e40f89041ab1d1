-- Claims an idempotency key, or tells who has it. Written again when it is known, so that a confirm covers it.
-- KEYS  1 prefix
-- ARGV  1 "<app> <publisher> <key>"  2 hash of the body  3 id  4 created ms  5 ttl ms
-- Returns {hash, id, created} of who has it
local key = KEYS[1] .. 'k:' .. ARGV[1]
local known = redis.call('GET', key)
if known then
  redis.call('SET', key, known, 'KEEPTTL')
  local hash, id, created = string.match(known, '^(%S+) (%S+) (%S+)$')
  return { hash, id, created }
end
redis.call('SET', key, ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[5])
return { ARGV[2], ARGV[3], ARGV[4] }
