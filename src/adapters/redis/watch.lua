-- Has changes of a key published until an instant, unless somebody asked for longer already. An absent key is
-- left absent: a hash without a version would be no state, and would never expire.
--
-- KEYS: entity
-- ARGV: until (ms)

local present = redis.call('HMGET', KEYS[1], 'v', 'w')
if present[1] and tonumber(present[2] or 0) < tonumber(ARGV[1]) then
  redis.call('HSET', KEYS[1], 'w', ARGV[1])
end
return redis.status_reply('OK')
