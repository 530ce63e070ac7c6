-- The competition rank of one seat: one more than the number of seats with a strictly better total, from one
-- moment. (ZRANK alone would order a tie.)
--
-- KEYS[1] board               zset     keys.board
-- ARGV[1] member
--
-- Returns the rank from 1, or nil when the seat is not on the board.

local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score then
    return nil
end
-- Scores ascend from the best.
return redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. score) + 1
