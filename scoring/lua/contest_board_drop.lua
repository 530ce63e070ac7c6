-- Removes every board of one contest. A repeat is harmless.
--
-- KEYS[1] mark     string   keys.contest_board_mark
-- KEYS[2] boards   set      keys.contest_boards
-- ARGV[1] prefix of boards   (+ name = keys.contest_board; same hash tag, so the same slot)

for _, name in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    redis.call('UNLINK', ARGV[1] .. name)
end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
