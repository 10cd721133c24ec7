-- One transition, all of it or nothing: compares the version, appends the effects to the outbox, stores the
-- state with its expiry, and tells the other nodes if anyone watches. Redis does not undo what a failed script
-- has written, so whatever can fail stands before the first write or is it: HMGET meets a key of another type,
-- XADD a full, read-only or broken server. Versions are strings throughout: a Lua number has 53 bits.
--
-- KEYS: entity, outbox
-- ARGV: expected version or '', version, state, expiry (ms), change channel, hint, effects...
-- Returns OK, or what is there instead: {} or {version, state}

local present = redis.call('HMGET', KEYS[1], 'v', 'w')
local version, watched_until = present[1] or '', tonumber(present[2] or 0)
if version ~= ARGV[1] then
  if version == '' then
    return {}
  end
  return { version, redis.call('HGET', KEYS[1], 's') }
end
local now = redis.call('TIME')

for i = 7, #ARGV do
  redis.call('XADD', KEYS[2], '*', 'm', ARGV[i])
end
redis.call('HSET', KEYS[1], 'v', ARGV[2], 's', ARGV[3])
redis.call('PEXPIREAT', KEYS[1], ARGV[4])

if watched_until > now[1] * 1000 + now[2] / 1000 then
  -- A hint may get lost, and must not make a failure of what is done.
  redis.pcall('PUBLISH', ARGV[5], ARGV[6])
end
return redis.status_reply('OK')
