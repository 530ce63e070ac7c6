-- One entry and its neighbours, from one moment.
--
-- KEYS[1] board    zset     keys.contest_board
-- ARGV[1] member
-- ARGV[2] how many rows above and below
--
-- Returns nil when the entry is not on the board, else: the competition rank of the first row, its place from 0,
-- how many are on the board, then member and score of each row from the best.

local place = redis.call('ZRANK', KEYS[1], ARGV[1])
if not place then
    return nil
end
local reach = tonumber(ARGV[2])
local first = math.max(0, place - reach)
local rows = redis.call('ZRANGE', KEYS[1], first, place + reach, 'WITHSCORES')
-- Scores ascend from the best; ZRANK alone would order a tie.
local found = {redis.call('ZCOUNT', KEYS[1], '-inf', '(' .. rows[2]) + 1, first, redis.call('ZCARD', KEYS[1])}
for _, value in ipairs(rows) do
    found[#found + 1] = value
end
return found
