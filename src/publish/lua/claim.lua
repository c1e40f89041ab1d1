-- Claims an idempotency key, or tells who has it. Written again when it is known, so that a confirm covers it.
-- KEYS  1 prefix
-- ARGV  1 "<app> <publisher> <key>"  2 hash of the body  3 id  4 created ms  5 ttl ms
--       6 id whose claim is replaced, as that can never be stored any more, or ''
-- Returns {hash, id, created, 'r' where it was refused or ''} of who has it
local key = KEYS[1] .. 'k:' .. ARGV[1]
local known = redis.call('GET', key)
if known then
  local hash, id, created, refused = string.match(known, '^(%S+) (%S+) (%S+) ?(r?)$')
  if id ~= ARGV[6] then
    -- The same request again is under way, so it is not refused for now.
    if hash == ARGV[2] then known = hash .. ' ' .. id .. ' ' .. created end
    redis.call('SET', key, known, 'KEEPTTL')
    return { hash, id, created, refused }
  end
end
redis.call('SET', key, ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[5])
return { ARGV[2], ARGV[3], ARGV[4], '' }
