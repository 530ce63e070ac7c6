-- Puts a staged set of boards of one live round in the place of the old ones, all at once, unless the
-- boards there are newer. A repeat with a new staging is harmless.
--
-- KEYS[1] board version       string   keys.board_version
-- KEYS[2] board               zset     keys.board
-- KEYS[3] units with a board  set      keys.board_units
-- KEYS[4] staged board        zset     keys.board_staging(write); absent when there are no seats
-- ARGV[1] version of the totals
-- ARGV[2] lifetime of all keys in seconds
-- ARGV[3] members in the staged board
-- ARGV[4] prefix of unit boards          (+ unit = keys.unit_board; same hash tag, so the same slot)
-- ARGV[5] prefix of staged unit boards   (+ unit = keys.board_staging(write, unit))
-- ARGV[6], ARGV[7], ... unit, members in its staged board
--
-- Returns 1 written, 0 a newer version is there (nothing changed), -1 the staging is gone (nothing changed:
-- Redis was emptied or the writer took longer than the staging lives).

local function forget_staging()
    redis.call('UNLINK', KEYS[4])
    for i = 6, #ARGV, 2 do
        redis.call('UNLINK', ARGV[5] .. ARGV[i])
    end
end

-- Versions stay far below 2^53, so comparing them as doubles is exact.
local there = redis.call('GET', KEYS[1])
if there and tonumber(there) > tonumber(ARGV[1]) then
    forget_staging()
    return 0
end

-- All checks come before the first change: a script that stops half-way is not rolled back.
local whole = redis.call('ZCARD', KEYS[4]) == tonumber(ARGV[3])
for i = 6, #ARGV, 2 do
    whole = whole and redis.call('ZCARD', ARGV[5] .. ARGV[i]) == tonumber(ARGV[i + 1])
end
if not whole then
    forget_staging()
    return -1
end

-- UNLINK before RENAME: renaming over a big set would free it on Redis's only thread.
redis.call('UNLINK', KEYS[2])
for _, unit in ipairs(redis.call('SMEMBERS', KEYS[3])) do
    redis.call('UNLINK', ARGV[4] .. unit)
end
redis.call('UNLINK', KEYS[3])

if tonumber(ARGV[3]) > 0 then
    redis.call('RENAME', KEYS[4], KEYS[2])
    redis.call('EXPIRE', KEYS[2], ARGV[2])
end
for i = 6, #ARGV, 2 do
    local target = ARGV[4] .. ARGV[i]
    redis.call('RENAME', ARGV[5] .. ARGV[i], target)
    redis.call('EXPIRE', target, ARGV[2])
    redis.call('SADD', KEYS[3], ARGV[i])
end
redis.call('EXPIRE', KEYS[3], ARGV[2])
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
