"""What an answer is worth and who leads: pure rules, and the leaderboards in Redis.

Never knows a clock, SQL or a socket of a phone; Redis only in `redis_client`, `keys` and `leaderboard`.
"""
