"""The identifiers of the domain, each its own type so that one cannot be passed for another.

Never makes secrets: tickets and tokens come from `contest.tickets`.
"""

from typing import NewType

QuizId = NewType("QuizId", int)
RoundId = NewType("RoundId", int)
Seat = NewType("Seat", int)
"""One participant's place in one live round, from 1. Unique within the round only."""
QuestionNumber = NewType("QuestionNumber", int)
"""Position of a question in a live round, from 1."""
AccountId = NewType("AccountId", int)
UnitCode = NewType("UnitCode", str)
"""Official code of an administrative unit: five digits kept as text."""
ContestId = NewType("ContestId", int)
ParticipantId = NewType("ParticipantId", int)
"""A person, across contests."""
EntryId = NewType("EntryId", int)
"""A person in one contest."""
AttemptId = NewType("AttemptId", int)
FestivalId = NewType("FestivalId", int)
LiveEventId = NewType("LiveEventId", int)
"""An item of a festival's programme."""
GuestId = NewType("GuestId", int)
"""Somebody at festivals: the holder of a card."""
