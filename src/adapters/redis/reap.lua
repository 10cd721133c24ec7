-- Forgets the consumers that have nothing pending and were not seen for long: every process that ever ran was
-- one. A script, because deleting a consumer drops what it holds, and it might lease something in between.
--
-- KEYS: outbox
-- ARGV: group, idle for at least (ms)

local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if consumers.err then
  -- There is no stream or no group yet.
  consumers = {}
end
for _, fields in ipairs(consumers) do
  local consumer = {}
  for i = 1, #fields, 2 do
    consumer[fields[i]] = fields[i + 1]
  end
  if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
  end
end
return redis.status_reply('OK')
