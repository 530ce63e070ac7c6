"""The community digital technology teams: who is in them, which villages they serve, what they did."""
