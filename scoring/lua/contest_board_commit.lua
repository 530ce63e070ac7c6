-- Puts a staged set of boards of one contest in the place of all its old ones, at once.
-- A repeat with a new staging is harmless.
--
-- KEYS[1] mark     string   keys.contest_board_mark
-- KEYS[2] boards   set      keys.contest_boards
-- ARGV[1] the new mark
-- ARGV[2] prefix of boards          (+ name = keys.contest_board; same hash tag, so the same slot)
-- ARGV[3] prefix of staged boards   (+ name = keys.contest_board_staging)
-- ARGV[4], ARGV[5], ... name, members in its staged board
--
-- Returns 1 written, 0 the staging is gone (nothing changed: Redis was emptied under the writer).

for i = 4, #ARGV, 2 do
    if redis.call('ZCARD', ARGV[3] .. ARGV[i]) ~= tonumber(ARGV[i + 1]) then
        for j = 4, #ARGV, 2 do
            redis.call('UNLINK', ARGV[3] .. ARGV[j])
        end
        return 0
    end
end
for _, name in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    -- A rename over a big board would free it on the spot.
    redis.call('UNLINK', ARGV[2] .. name)
end
redis.call('DEL', KEYS[2])
for i = 4, #ARGV, 2 do
    local board = ARGV[2] .. ARGV[i]
    redis.call('RENAME', ARGV[3] .. ARGV[i], board)
    redis.call('PERSIST', board)
    redis.call('SADD', KEYS[2], ARGV[i])
end
redis.call('SET', KEYS[1], ARGV[1])
return 1
