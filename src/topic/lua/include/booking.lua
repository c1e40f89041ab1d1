-- Books of an app.
-- @include clock

-- Only the sums over all partitions count, so a script that serves several books in the first one.
local BOOKS = KEYS[1] .. 'books:'

-- Counts of a script over many topics, which `flushBooks` writes before the script returns.
local booked

local function bookTogether()
  booked = {}
end

local function book(app, field, n)
  local key = BOOKS .. app
  if not booked then return redis.call('HINCRBY', key, field, n) end
  local fields = booked[key] or {}
  booked[key] = fields
  fields[field] = (fields[field] or 0) + n
end

local function flushBooks()
  for key, fields in pairs(booked) do
    for field, n in pairs(fields) do redis.call('HINCRBY', key, field, n) end
  end
end
