-- Claims an idempotency key or returns its owner. A known claim is written again, so that a confirm
-- covers it.
-- KEYS  1 prefix
-- ARGV  1 "<app> <publisher> <key>"  2 hash of the body  3 id  4 created ms  5 ttl ms
--       6 id whose claim is replaced, because it can no longer be stored, or ''
-- Returns {hash, id, created, 'r' if it was refused or ''} of the owner
local key = KEYS[1] .. 'k:' .. ARGV[1]
local known = redis.call('GET', key)
if known then
  local hash, id, created, refused = string.match(known, '^(%S+) (%S+) (%S+) ?(r?)$')
  if id ~= ARGV[6] then
    -- The same request is in progress again, so it no longer counts as refused.
    if hash == ARGV[2] then known = hash .. ' ' .. id .. ' ' .. created end
    redis.call('SET', key, known, 'KEEPTTL')
    return { hash, id, created, refused }
  end
end
redis.call('SET', key, ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4], 'PX', ARGV[5])
return { ARGV[2], ARGV[3], ARGV[4], '' }
