"""What the festival pages' forms say, as values of the domain: local times become UTC moments.

Never decides whether a value is allowed; the domain does.
"""

from dataclasses import asdict, dataclass
from datetime import date, time
from hashlib import sha256
from typing import Annotated

from fastapi import Form

from contest.errors import Invalid
from contest.festival.model import LiveEvent, LiveEventKind
from contest.festival.organising import Outline
from contest.festival.programme import ItemDraft
from contest.provincial.local_time import at_local, local_datetime
from contest.skills import Skill

Text = Annotated[str, Form(max_length=8_000)]
Short = Annotated[str, Form(max_length=400)]


@dataclass
class FestivalForm:
    """The form of a festival, as typed."""

    title: Short = ""
    first_day: Short = ""
    last_day: Short = ""
    place: Short = ""
    commune: Short = ""
    intro: Text = ""

    def outline(self) -> Outline:
        """The same for the domain."""
        return Outline(
            self.title, self.first_day, self.last_day or self.first_day, self.place, self.commune or None, self.intro
        )


@dataclass
class ItemForm:
    """The form of an item, as typed. Times are local: "07:30" on the day "2026-11-22"."""

    kind: Short = ""
    title: Short = ""
    day: Short = ""
    starts: Short = ""
    ends: Short = ""
    place: Short = ""
    responsible: Short = ""
    note: Text = ""
    skill: Short = ""
    was: Short = ""
    """What the item said when the form was opened, as `said` gives it."""

    def said(self) -> str:
        """All that the form says, in short: whoever saves sees whether somebody else was quicker."""
        told = {**asdict(self), "was": ""}
        return sha256(repr(sorted(told.items())).encode()).hexdigest()[:16]

    def draft(self) -> ItemDraft:
        """The same for the domain. Raises Invalid("item_kind" | "item_time")."""
        try:
            kind = LiveEventKind(self.kind)
            skill = Skill(self.skill) if self.skill else None
        except ValueError:
            raise Invalid("item_kind") from None
        starts_at = moment(self.day, self.starts)
        ends_at = moment(self.day, self.ends) if self.ends else None
        return ItemDraft(
            kind=kind,
            title=self.title,
            starts_at=starts_at,
            ends_at=ends_at,
            place=self.place,
            responsible=self.responsible,
            note=self.note,
            skill=skill,
        )


def moment(day: str, clock: str) -> int:
    """A local day and time as UTC ms. Raises Invalid("item_time")."""
    try:
        at = time.fromisoformat(clock)
        return at_local(date.fromisoformat(day), at.hour, at.minute)
    except ValueError:
        raise Invalid("item_time") from None


def form_of(item: LiveEvent) -> ItemForm:
    """An item in the form's own words."""
    starts = local_datetime(item.starts_at)
    return ItemForm(
        kind=item.kind.value,
        title=item.title,
        day=starts.date().isoformat(),
        starts=starts.strftime("%H:%M"),
        ends="" if item.ends_at is None else local_datetime(item.ends_at).strftime("%H:%M"),
        place=item.place,
        responsible=item.responsible,
        note=item.note,
        skill=item.skill or "",
    )
