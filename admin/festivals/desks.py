"""Where the other parts of a festival are led from: one desk for an item by its kind, and links of the whole festival.

Holds addresses only. A part adds its own when it is imported.
"""

from dataclasses import dataclass
from typing import Final

from admin.permissions import Permission
from contest.festival.model import LiveEvent, LiveEventKind

DESKS: Final[dict[LiveEventKind, str]] = {}
"""Kind → the address of an item's desk, with {festival} and {item} in it."""


@dataclass(frozen=True, slots=True)
class FestivalLink:
    """A page of the whole festival: its words in the catalogue, its address with {festival} in it, who may see it."""

    word: str
    address: str
    permission: Permission


LINKS: Final[list[FestivalLink]] = []
"""In the order in which they are shown."""


def desk_of(item: LiveEvent) -> str | None:
    """Where this item is led from; None when its kind has no desk."""
    address = DESKS.get(item.kind)
    return None if address is None else address.format(festival=item.festival_id, item=item.id)


def links_of(festival_id: int) -> list[tuple[str, str, str]]:
    """(words, address, permission) of the pages of a festival."""
    return [(link.word, link.address.format(festival=festival_id), link.permission.value) for link in LINKS]
