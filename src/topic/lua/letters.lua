-- Returns dead letters of an app in one partition, newest first.
-- KEYS  1 prefix
-- ARGV  1 app  2 maximum  3 time of the last letter seen or ''  4 its id
-- Returns for each {letter id, record as a flat list}
-- @include clock
local app, most, before, lastId = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local index = P .. 'dead:' .. app
local max = before == '' and '+inf' or before
local out, from = {}, 0
while #out < most do
  local page = redis.call('ZREVRANGEBYSCORE', index, max, '-inf', 'WITHSCORES', 'LIMIT', from, most)
  if #page == 0 then break end
  for i = 1, #page, 2 do
    local seen = before ~= '' and page[i + 1] == before and page[i] >= lastId
    if not seen and #out < most then
      local record = redis.call('HGETALL', index .. ':' .. page[i])
      if #record > 0 then out[#out + 1] = { page[i], record } else redis.call('ZREM', index, page[i]) end
    end
  end
  from = from + most
end
return out
