-- Removes every board of one live round. A repeat is harmless.
--
-- KEYS[1] board version       string   keys.board_version
-- KEYS[2] board               zset     keys.board
-- KEYS[3] units with a board  set      keys.board_units
-- ARGV[1] prefix of unit boards        (+ unit = keys.unit_board; same hash tag, so the same slot)

for _, unit in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    redis.call('UNLINK', ARGV[1] .. unit)
end
redis.call('UNLINK', KEYS[1], KEYS[2], KEYS[3])
return 1
