-- Takes note that a code came back. Beside those that came back in the same millisecond it needs a name of its own.
--
-- KEYS: codes that came back
-- ARGV: now (ms), window (ms)

local number = redis.call('ZCARD', KEYS[1])
while redis.call('ZADD', KEYS[1], 'NX', ARGV[1], ARGV[1] .. '-' .. number) == 0 do
  number = number + 1
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return redis.status_reply('OK')
