"""What a guest is told of themselves, as the API describes it.

Never tells anybody about somebody else.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select

from contest.database import Database, Reader
from contest.errors import Invalid
from contest.festival import cards, festivals, guests, identity
from contest.festival.model import Festival, Guest
from contest.festival.tables import guests as table
from contest.provincial.phones import tail
from contest.provincial.secrets_box import FieldBox
from realtime.festival.state import ME_SECTIONS, merged


class GuestOut(BaseModel):
    """A guest, as their own phone shows them. `phone` is masked but for its end."""

    card: str = Field(description="The code of the card: ten characters, an identifier and no secret.")
    shown: str = Field(description="The code as people read it: 5-5.")
    name: str | None
    commune: str | None
    village_id: int | None
    target_group: str | None
    age_band: str | None
    level: str = Field(description="nickname, phone or checked.")
    phone: str | None
    consents: list[str] = Field(description="What the guest has agreed to: statistics, phone.")
    lang: str


class MeOut(BaseModel):
    """This phone's guest; null: it holds no card yet. Parts of the festival add keys of their own."""

    model_config = ConfigDict(extra="allow")

    guest: GuestOut | None


async def me_view(
    reader: Reader, box: FieldBox | None, festival: Festival, guest: Guest, now_ms: int
) -> dict[str, Any]:
    """The guest and what the parts of the festival know of them."""
    sealed = await reader.scalar(select(table.c.phone_enc).where(table.c.id == guest.id))
    phone = None if sealed is None or box is None else tail(box.open(sealed))
    view: dict[str, Any] = {
        "guest": {
            "card": guest.card,
            "shown": cards.shown(guest.card),
            "name": guest.name,
            "commune": guest.commune,
            "village_id": guest.village_id,
            "target_group": guest.target_group,
            "age_band": guest.age_band,
            "level": guest.level,
            "phone": phone,
            "consents": sorted(await identity.granted_to(reader, guest.id)),
            "lang": guest.lang,
        },
        "live": {},
    }
    return merged(view, [await section(reader, festival, guest, now_ms) for section in ME_SECTIONS])


async def me_now(db: Database, box: FieldBox | None, slug: str, guest_id: int, now_ms: int) -> dict[str, Any]:
    """`me_view` of a guest as they are now."""
    async with db.read() as reader:
        festival = await festivals.by_slug(reader, slug)
        return await me_view(reader, box, festival, await guests.load(reader, guest_id), now_ms)


def card_of(typed: str) -> str:
    """The code of a card somebody typed or scanned. Raises Invalid("card_unreadable")."""
    card = cards.parse_card(typed)
    if card is None:
        raise Invalid("card_unreadable")
    return card
