"""What the players' pages are told of a contest, its form and a person's entry.

Never decides anything and never writes.
"""

from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import RowMapping, func, select

from contest import units
from contest.catalogue import text
from contest.database import Reader
from contest.errors import NotFound
from contest.ids import UnitCode
from contest.provincial import contest_units, contests, entry_form
from contest.provincial.contests import ContestRecord
from contest.provincial.people import INVITED
from contest.provincial.people_model import CHILD_BELOW, Entry
from contest.provincial.phones import tail
from contest.provincial.rules import ContestRules
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import consents, contest_results, participants
from contest.provincial.windows import next_round, phase, round_at
from contest.settings import Settings
from realtime.entrants.attempt_calls import prediction_view


async def public_contest(reader: Reader, slug: str) -> tuple[ContestRecord, ContestRules]:
    """The contest of an address and its rules in force. Raises NotFound("contest_unknown") for drafts too."""
    record = await contests.by_slug(reader, slug)
    if record.rules is None:
        raise NotFound("contest_unknown")
    return record, record.rules


async def contest_view(
    reader: Reader, record: ContestRecord, rules: ContestRules, lang: str, now_ms: int
) -> dict[str, Any]:
    """The contest as the phone's page knows it; times are relative to now where they are counted."""
    now_open, coming = round_at(rules, now_ms), next_round(rules, now_ms)
    until = await reader.scalar(
        select(func.max(contest_results.c.complaints_until)).where(contest_results.c.contest_id == record.id)
    )
    asked = prediction_view(rules, lang)
    return {
        "slug": record.slug,
        "title": rules.title,
        "organiser": rules.organiser,
        "phase": phase(rules, now_ms) if record.state == "open" else "over",
        "round": now_open and {"key": now_open.key, "name": now_open.name, "closes_in_ms": now_open.closes_at - now_ms},
        "next": coming
        and {
            "key": coming.key,
            "name": coming.name,
            "opens_in_ms": coming.opens_at - now_ms,
            "opens_at": coming.opens_at,
        },
        "rounds": len(rules.rounds),
        "time_limit_s": rules.time_limit_s,
        "questions": rules.blueprint.questions,
        "full_marks": rules.blueprint.full_marks,
        "quota": rules.quota.model_dump(),
        "keep": rules.ranking.keep,
        "window": rules.ranking.window.value,
        "prediction": asked and {"scope": rules.prediction.scope if rules.prediction else None, **asked},
        "result": rules.result,
        "board": rules.ranking.board,
        "admission": rules.entry.admission,
        "confirm_phone": rules.entry.confirm_phone,
        "complaints": until is not None and now_ms < int(until),
    }


async def form_view(
    reader: Reader, record: ContestRecord, rules: ContestRules, settings: Settings, *, sends: bool
) -> dict[str, Any]:
    """What the entry form asks, in the words that will be kept with the answers."""
    form = rules.entry
    return {
        "fields": {name: use.value for name, use in entry_form.uses(form).items()},
        "groups": [one.value for one in entry_form.groups(form)],
        "min_age": form.min_age,
        "max_age": form.max_age,
        "unit_other": form.unit_other,
        "units": await contest_units.count(reader, record.id),
        "consents": [
            {
                "purpose": one.purpose,
                "required": one.required,
                "text_vi": one.text_vi or consent_text("vi", one.purpose, rules.title),
                "text_en": "" if one.text_vi else consent_text("en", one.purpose, rules.title),
            }
            for one in form.consents
        ],
        "guardian_under": CHILD_BELOW,
        "sign_in": {"code": True, "phone": sends, "oidc": _provider(record.slug, settings)},
    }


def consent_text(lang: str, purpose: str, title: str) -> str:
    """The standard sentence beside a box."""
    return text(lang, f"people.consent.{purpose}", title=title)


def _provider(slug: str, settings: Settings) -> dict[str, str] | None:
    if settings.oidc_issuer is None:
        return None
    name = settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""
    return {"url": f"/api/contests/{slug}/oidc", "name": name}


async def entry_view(reader: Reader, box: FieldBox, entry: Entry) -> dict[str, Any]:
    """A person's own entry; what a roster knows is there only until they have completed it."""
    row = (await reader.execute(select(participants).where(participants.c.id == entry.participant_id))).mappings().one()
    commune = units.by_code(units.shipped()).get(UnitCode(entry.commune)) if entry.commune else None
    place = None if commune is None else {"code": str(commune.code), "name": commune.name}
    unit = await contest_units.get(reader, entry.contest_id, entry.unit_code) if entry.unit_code else None
    phone = box.open_or_none(row["phone_enc"])
    return {
        "id": entry.public_id,
        "state": entry.state,
        "void": entry.void_at is not None,
        "name": row["full_name"],
        "group": entry.group,
        "commune": place,
        "unit": _unit(entry, unit),
        "minor": entry.minor,
        "phone_tail": phone and tail(phone),
        "consents": await granted(reader, entry.participant_id, entry.contest_id),
        "values": _prefilled(entry, row) if entry.state == INVITED else None,
    }


async def granted(reader: Reader, participant_id: int, contest_id: int) -> dict[str, bool]:
    """What the person last said to each purpose of the contest."""
    rows = await reader.execute(
        select(consents.c.purpose, consents.c.granted)
        .where(consents.c.participant_id == participant_id, consents.c.contest_id == contest_id)
        .order_by(consents.c.id)
    )
    return {row.purpose: bool(row.granted) for row in rows}


def _unit(entry: Entry, unit: contest_units.ContestUnit | None) -> dict[str, str | None] | None:
    if entry.unit_code is not None:
        return {"code": entry.unit_code, "name": unit.name if unit else entry.unit_code}
    return {"code": None, "name": entry.unit_other} if entry.unit_other else None


def _prefilled(entry: Entry, row: RowMapping) -> dict[str, str | None]:
    birth = row["birth_date"]
    return {
        "full_name": row["full_name"],
        "birth_date": "/".join(reversed(birth.split("-"))) if birth else None,
        "commune": entry.commune,
        "unit": entry.unit_code,
        "target_group": entry.group,
    }
