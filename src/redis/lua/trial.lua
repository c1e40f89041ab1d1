-- Runs every command that the scripts of Postrider and BullMQ use. Its writes are undone at its end
-- and reach neither replicas nor the append-only file.
-- KEYS  1 prefix of a partition
-- Returns the first refusal, with the name of the command.
redis.set_repl(redis.REPL_NONE)
local scratch, moved = KEYS[1] .. 'trial', KEYS[1] .. 'tried'
local tries = {
  { 'del', scratch, moved },
  { 'set', scratch, '1', 'XX' }, { 'unlink', scratch }, { 'pexpire', scratch, '1' }, { 'pexpireat', scratch, '1' },
  { 'hdel', scratch, 'f' }, { 'lpop', scratch, '1' }, { 'rpop', scratch }, { 'lrem', scratch, '0', 'a' },
  { 'ltrim', scratch, '0', '0' }, { 'rpoplpush', scratch, scratch }, { 'srem', scratch, 'm' },
  { 'zadd', scratch, 'XX', '0', 'm' }, { 'zrem', scratch, 'm' }, { 'zpopmin', scratch },
  { 'zremrangebyrank', scratch, '0', '0' }, { 'zremrangebyscore', scratch, '0', '0' },
  { 'xadd', scratch, 'NOMKSTREAM', '*', 'f', '1' }, { 'xdel', scratch, '0-1' }, { 'xtrim', scratch, 'MAXLEN', '0' },
  { 'get', scratch }, { 'exists', scratch }, { 'type', scratch }, { 'pttl', scratch }, { 'time' },
  { 'hexists', scratch, 'f' }, { 'hget', scratch, 'f' }, { 'hgetall', scratch }, { 'hkeys', scratch },
  { 'hlen', scratch }, { 'hvals', scratch }, { 'hmget', scratch, 'f' }, { 'hrandfield', scratch }, { 'lindex', scratch, '0' },
  { 'llen', scratch }, { 'lpos', scratch, 'a' }, { 'lrange', scratch, '0', '0' }, { 'scard', scratch },
  { 'sismember', scratch, 'm' }, { 'smembers', scratch }, { 'srandmember', scratch }, { 'zcard', scratch },
  { 'zcount', scratch, '0', '0' }, { 'zlexcount', scratch, '-', '+' }, { 'zmscore', scratch, 'm' },
  { 'zrange', scratch, '0', '0' }, { 'zrank', scratch, 'm' }, { 'zrangebylex', scratch, '-', '+' }, { 'zrangebyscore', scratch, '0', '0' },
  { 'zrevrange', scratch, '0', '0' }, { 'zrevrangebyscore', scratch, '0', '0' }, { 'zscore', scratch, 'm' },
  { 'xlen', scratch }, { 'xrange', scratch, '-', '+' }, { 'xread', 'STREAMS', scratch, '0' },
  { 'hset', scratch, 'f', '1' }, { 'hmset', scratch, 'f', '1' }, { 'hsetnx', scratch, 'f', '1' },
  { 'hincrby', scratch, 'f', '1' },
  { 'rename', scratch, moved }, { 'del', moved },
  { 'sadd', scratch, 'm' }, { 'del', scratch },
  { 'rpush', scratch, 'a' }, { 'lset', scratch, '0', 'a' }, { 'lpush', scratch, 'a' }, { 'del', scratch },
  { 'incr', scratch }, { 'incrby', scratch, '1' }, { 'del', scratch },
}
for _, try in ipairs(tries) do
  local reply = redis.pcall(unpack(try))
  if type(reply) == 'table' and reply.err then
    redis.pcall('del', scratch, moved)
    return redis.error_reply(reply.err .. " ('" .. try[1] .. "')")
  end
end
