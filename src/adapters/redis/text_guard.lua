-- Decides whether a text may go to a number, and counts it. Sorted sets by time, so that windows roll; members are
-- the entries of the outbox, so that one which is worked on again counts once. What lies in the future counts: a
-- clock that was set back opens no window.
--
-- KEYS: texts to the country, texts to the block, codes to the block, codes that came back, until when it is closed
-- ARGV: now (ms), entry or '' to count nothing, country limit, country window (ms), block limit, block window (ms),
--       codes to judge by (0: this text has no code, and is not kept by those that have one), percentage that must
--       come back, window of both (ms), how long it is closed then (ms)
-- Returns granted, country, block or breaker

local now = tonumber(ARGV[1])
local entry = ARGV[2]
local limits = { tonumber(ARGV[3]), tonumber(ARGV[5]) }
local windows = { tonumber(ARGV[4]), tonumber(ARGV[6]), tonumber(ARGV[9]), tonumber(ARGV[9]) }

if entry ~= '' and redis.call('ZSCORE', KEYS[1], entry) then
  return 'granted'
end
for i, window in ipairs(windows) do
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - window)
end

local enough = tonumber(ARGV[7])
if enough > 0 and now < tonumber(redis.call('GET', KEYS[5]) or 0) then
  return 'breaker'
end
local codes, verified = redis.call('ZCARD', KEYS[3]), redis.call('ZCARD', KEYS[4])
if enough > 0 and codes >= enough and verified * 100 < codes * tonumber(ARGV[8]) then
  -- It is judged anew after that.
  redis.call('DEL', KEYS[3], KEYS[4])
  redis.call('SET', KEYS[5], now + tonumber(ARGV[10]), 'PX', ARGV[10])
  return 'breaker'
end
for i, limit in ipairs(limits) do
  if redis.call('ZCARD', KEYS[i]) >= limit then
    return i == 1 and 'country' or 'block'
  end
end

if entry ~= '' then
  for i = 1, enough > 0 and 3 or 2 do
    redis.call('ZADD', KEYS[i], now, entry)
    redis.call('PEXPIRE', KEYS[i], windows[i])
  end
end
return 'granted'
