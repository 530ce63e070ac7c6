"""How often staff may try to sign in; `realtime.throttle` does the counting.

Never counts by itself.
"""

from realtime.throttle import Limit, Throttle, Throttled

__all__ = [
    "LOGIN_BY_ACCOUNT",
    "LOGIN_BY_ADDRESS",
    "LOGIN_BY_BOTH",
    "SETUP_BY_ADDRESS",
    "Limit",
    "Throttle",
    "Throttled",
]

LOGIN_BY_BOTH = Limit("login-both", 10, 15 * 60_000)
"""One account from one address: what a person who mistypes needs, and no more."""
LOGIN_BY_ACCOUNT = Limit("login-account", 50, 15 * 60_000)
"""One account from anywhere: stops guessing from many addresses."""
LOGIN_BY_ADDRESS = Limit("login-address", 200, 15 * 60_000)
"""One address, any account. A whole office may share it."""
SETUP_BY_ADDRESS = Limit("setup-address", 20, 15 * 60_000)
