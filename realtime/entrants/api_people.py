"""What entrants ask of the players' server about themselves: entering, signing in, their data.

Never holds a rule: `contest.provincial` does.
"""

from fastapi import APIRouter

router = APIRouter(prefix="/api", tags=["people"])
