"""The forms of a lucky draw as values of the domain, and back.

Never decides whether a value is allowed; the domain does.
"""

from collections.abc import Sequence

from starlette.datastructures import FormData

from admin.festivals.forms import moment
from contest.errors import Invalid
from contest.festival.draw_rules import Rule
from contest.festival.draw_sources import Source, SourceKind
from contest.festival.draw_states import MAX_VALUE, Prize
from contest.festival.draws import Plan
from contest.festival.model import GuestLevel
from scoring.folding import nfc

ORDERS = ("rising", "stated")
"""rising: from the smallest value to the greatest; stated: as the lines stand."""


def plan_of(form: FormData) -> Plan:
    """A draft's form. Raises Invalid("draw_rule" | "draw_prize")."""
    try:
        rule = Rule(
            checkin=_text(form, "checkin"),
            skills=int(_text(form, "skills") or "0"),
            pledged="pledged" in form,
            answered="answered" in form,
            level=GuestLevel(_text(form, "level") or "nickname"),
            communes=tuple(sorted({str(code) for code in form.getlist("communes")})),
            once="once" in form,
        )
    except ValueError:
        raise Invalid("draw_rule") from None
    item = _text(form, "live_event_id")
    return Plan(
        title=_text(form, "title"),
        live_event_id=_whole(item) if item else None,
        listed="listed" in form,
        rule=rule,
        prizes=ordered(prizes_of(form), _text(form, "order")),
        excluded_cards=tuple(_text(form, "excluded").replace(",", " ").split()),
    )


def prizes_of(form: FormData) -> list[Prize]:
    """The lines that have a name. Raises Invalid("draw_prize")."""
    columns = [
        [str(value).strip() for value in form.getlist(f"prize_{name}")]
        for name in ("name", "count", "value", "sponsor", "note", "together")
    ]
    found = []
    for name, count, value, sponsor, note, together in zip(*columns, strict=False):
        if name or sponsor or note or value not in ("", "0"):
            if not name:
                raise Invalid("draw_prize", name="")
            found.append(
                Prize(nfc(name), _whole(count), _money(value, name), nfc(sponsor), nfc(note), together == "yes")
            )
    return found


def ordered(prizes: Sequence[Prize], order: str) -> tuple[Prize, ...]:
    """The order in which they are drawn, fixed by the freeze."""
    return tuple(sorted(prizes, key=lambda one: one.value_vnd)) if order == "rising" else tuple(prizes)


def source_of(form: FormData) -> Source | None:
    """Where the digits come from; None when the form names nothing. Raises Invalid("item_time")."""
    kind = _text(form, "source")
    if not kind:
        return None
    try:
        known = SourceKind(kind)
    except ValueError:
        raise Invalid("draw_source_name", limit=160) from None
    at = 0 if known is SourceKind.STAGE else _moment(form, "at")
    return Source(known, " ".join(nfc(_text(form, "source_name")).split()), at, _moment(form, "fallback"))


def _moment(form: FormData, name: str) -> int:
    day, clock = _text(form, f"{name}_day"), _text(form, f"{name}_time")
    return moment(day, clock) if day or clock else 0


def _money(text: str, name: str) -> int:
    plain = text.replace(".", "").replace(",", "").replace(" ", "").replace("\u00a0", "").replace("đ", "") or "0"
    if not (plain.isascii() and plain.isdigit()) or int(plain[:15]) > MAX_VALUE:
        raise Invalid("draw_prize", name=name[:60])
    return int(plain)


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return 0
    return int(text)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
