"""The numbers that requests carry: bounded, so that none is larger than the database can hold.

Never looks anything up: a number within the bounds may still be nobody's.
"""

from typing import Annotated

from pydantic import Field

MOST = 2**31 - 1
MOST_MS = 2**53 - 1

RowId = Annotated[int, Field(ge=0, le=MOST)]
"""The id of a stored row, or a number that is compared with one (versions, seats, questions)."""
Whole = Annotated[int, Field(ge=-MOST, le=MOST)]
"""A number whose meaning the round decides about."""
Moment = Annotated[int, Field(ge=-MOST_MS, le=MOST_MS)]
"""ms since 1970, UTC."""
