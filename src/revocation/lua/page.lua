-- Returns revocations of an app, by name.
-- KEYS  1 prefix
-- ARGV  1 app  2 id of the last one seen or ''  3 maximum
-- Returns {id, value, ...}
-- @include revocation
local app, most = ARGV[1], tonumber(ARGV[3])
local from = ARGV[2] == '' and '[' .. app .. ' ' or '(' .. app .. ' ' .. ARGV[2]
-- No character of an id sorts before the one after the space.
local to = '(' .. app .. '!'
local out, now = {}, nowMs()
while #out < 2 * most do
  local names = redis.call('ZRANGEBYLEX', INDEX, from, to, 'LIMIT', 0, most)
  if #names == 0 then break end
  for _, name in ipairs(names) do
    local item = load(name)
    if item and item.state == '+' and item.ends > now and #out < 2 * most then
      out[#out + 1] = string.sub(name, #app + 2)
      out[#out + 1] = redis.call('HGET', ITEMS, name)
    end
  end
  from = '(' .. names[#names]
end
return out
