"""The participation facts of guests in what the hall does together. Pure.

Never says what was chosen: that somebody took part is the fact.
"""

from contest.festival.model import Guest, LiveEvent
from contest.statistics.facts import Channel, Fact, FactKind


def of_guest(
    kind: FactKind, source: str, guest: Guest, item: LiveEvent, at_ms: int, *, channel: Channel = Channel.WEB
) -> Fact:
    """The fact of a guest at this item."""
    return Fact(
        kind,
        source,
        at_ms,
        person=guest.person,
        commune=guest.commune,
        village_id=guest.village_id,
        target_group=guest.target_group,
        age_band=guest.age_band,
        channel=channel,
        recorded_by="self",
        festival_id=item.festival_id,
        live_event_id=item.id,
    )
