-- Reads a key, and has changes of it published for a while from now, unless somebody asked for longer already. An
-- absent key is left absent: a hash without a version would be no state, and would never expire.
--
-- KEYS: entity
-- ARGV: for how long (ms)
-- Returns version and state, each nil where the key is absent

local present = redis.call('HMGET', KEYS[1], 'v', 's', 'w')
local now = redis.call('TIME')
local watched_until = now[1] * 1000 + math.floor(now[2] / 1000) + ARGV[1]
if present[1] and tonumber(present[3] or 0) < watched_until then
  redis.call('HSET', KEYS[1], 'w', watched_until)
end
return { present[1], present[2] }
