"""Two thousand people enter a contest: sixty from their phones, the others through the same use cases in batches.

The first eight have parts to play (`Part`); everybody is made up and repeatable.
"""

import asyncio
import csv
import io
import json
import random
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
from sqlalchemy import select

from contest import units
from contest.ids import ContestId, ParticipantId
from contest.provincial import people, synthetic
from contest.provincial.local_time import local_date
from contest.provincial.people_model import EntryData
from contest.provincial.rules import ContestRules, TargetGroup
from contest.provincial.synthetic import Person
from contest.provincial.tables import entries, participants
from tests.flows.contests.pages import Browser, Page
from tests.flows.contests.platform import Platform
from tests.flows.contests.rule_sets import RuleSet

PEOPLE, PHONES, BATCH = 2000, 60, 400
LISTED = 2300
"""A roster names more people than come."""
_NAMES = (
    ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng", "Bùi", "Đỗ", "Hồ"),
    ("Văn", "Thị", "Đức", "Minh", "Thanh", "Ngọc", "Quốc", "Thùy", "Hữu", "Kim"),
    ("Bảo", "Gia", "Hải", "Khánh", "Nhật", "Phương", "Quang", "Tuấn", "Vân", "Xuân"),
    ("An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Lan", "Mai", "Nam", "Phúc", "Sơn", "Thảo"),
)
_COMMUNE = "24133"


class Part(StrEnum):
    """What somebody is there for: two pairs that nothing tells apart, and good papers that will not win."""

    FIRST_PAIR = "first pair"
    SECOND_PAIR = "second pair"
    VOID_ENTRY = "void entry"
    VOID_ATTEMPT = "void attempt"
    EXCLUDED = "excluded"
    NONE = ""


PARTS = (
    Part.FIRST_PAIR, Part.FIRST_PAIR, Part.SECOND_PAIR, Part.SECOND_PAIR,
    Part.VOID_ENTRY, Part.VOID_ATTEMPT, Part.EXCLUDED, Part.EXCLUDED,
)  # fmt: skip


@dataclass
class Entrant:
    """One of the two thousand. `phone` is there for who came from a phone of their own."""

    entry: int
    public_id: str
    name: str
    person: Person
    part: Part = Part.NONE
    phone: httpx.AsyncClient | None = None


def name_of(number: int) -> str:
    """A name of letters only, different for each number."""
    parts = []
    for choices in _NAMES:
        number, place = divmod(number, len(choices))
        parts.append(choices[place])
    return " ".join(parts)


def phone_of(number: int) -> str:
    """As people type it."""
    return f"09{number:08d}"


async def bring_lists(organiser: Browser, contest_id: int, rule_set: RuleSet) -> dict[str, str]:
    """The lists an organiser brings as files before the opening; the codes of the roster by name."""
    codes: dict[str, str] = {}
    names = [f"Đơn vị số {n}" for n in range(rule_set.units)]
    if names:
        rows = [(f"DV{n:02d}", name) for n, name in enumerate(names)]
        await _bring(organiser, contest_id, "units", ("Mã đơn vị", "Tên đơn vị"), rows)
    if rule_set.rules.get("entry", {}).get("admission") == "roster":
        head = ("Họ và tên", "Mã đơn vị", "Số điện thoại", "Đối tượng")
        told = range(PHONES)
        roster = [
            (name_of(n), f"DV{_unit(n, rule_set):02d}", phone_of(n) if n in told else "", "cán bộ")
            for n in range(LISTED)
        ]
        page = await _bring(organiser, contest_id, "roster", head, roster)
        table = json.loads(page.form(f"/contests/{contest_id}/lists/roster/file").value("table"))
        codes = {row[1]: row[4] for row in table}
        assert len(codes) == LISTED
        assert all(codes.values())
    if rule_set.denominators:
        sizes = [
            (f"DV{n:02d}", 60 if rule_set.name == "thanh_khe_2026" else 150 + 7 * n) for n in range(rule_set.units)
        ]
        await _bring(organiser, contest_id, "denominators", ("Mã đơn vị", "Số người"), sizes)
    barred = [
        (name_of(n), phone_of(n), "Thành viên Ban Tổ chức") for n, part in enumerate(PARTS) if part is Part.EXCLUDED
    ]
    await _bring(organiser, contest_id, "exclusions", ("Họ và tên", "Số điện thoại", "Lý do"), barred)
    return codes


async def _bring(organiser: Browser, contest_id: int, kind: str, head: tuple[str, ...], rows: list[Any]) -> Page:
    out = io.StringIO()
    csv.writer(out).writerows([head, *rows])
    page = await organiser.open(f"/contests/{contest_id}/lists")
    form = page.form(f"/contests/{contest_id}/lists/{kind}").attach(f"{kind}.csv", out.getvalue().encode("utf-8-sig"))
    if form.named("by"):
        form.fill("by", "unit")
    done = await organiser.send(form)
    assert 'class="strip good"' in done.text, done.text[:2000]
    return done


def _unit(number: int, rule_set: RuleSet) -> int:
    """Units differ in how many of theirs come: the later ones are small."""
    return int(rule_set.units * ((number * 0.618034) % 1) ** 1.3)


async def enter(
    platform: Platform, contest_id: int, slug: str, rule_set: RuleSet, rules: ContestRules, codes: dict[str, str],
    rng: random.Random,
) -> list[Entrant]:  # fmt: skip
    """Everybody registers; the first sixty from phones."""
    async with platform.db.read() as reader:
        communes = [unit.code for unit in await units.all_units(reader)]
    made = synthetic.people(
        rules,
        PEOPLE,
        today=local_date(platform.clock.wall_ms()),
        communes=communes,
        units=[f"DV{n:02d}" for n in range(rule_set.units)],
        rng=rng,
    )
    phones = [platform.phone() for _ in range(PHONES)]
    entered = await asyncio.gather(
        *(_from_phone(phone, slug, rules, n, _unit(n, rule_set), codes) for n, phone in enumerate(phones))
    )
    crowd = [
        Entrant(0, found["id"], name_of(n), made[n], PARTS[n] if n < len(PARTS) else Part.NONE, phone)
        for n, (found, phone) in enumerate(zip(entered, phones, strict=True))
    ]
    numbers = await _entry_numbers(platform, contest_id)
    for one in crowd:
        one.entry = numbers[one.public_id][0]
    if codes:
        crowd += await _claim_roster(platform, contest_id, rules, made[PHONES:], numbers)
        return crowd
    for at in range(PHONES, PEOPLE, BATCH):
        part = made[at : at + BATCH]
        async with platform.db.write() as writer:
            registered = await people.register_many(
                writer,
                platform.box,
                ContestId(contest_id),
                [one.data for one in part],
                now_ms=platform.clock.wall_ms(),
            )
        crowd += [
            Entrant(int(one.entry.id), one.entry.public_id, person.data.full_name, person)
            for one, person in zip(registered, part, strict=True)
        ]
    return crowd


async def _from_phone(
    phone: httpx.AsyncClient, slug: str, rules: ContestRules, number: int, unit: int, codes: dict[str, str]
) -> dict[str, Any]:
    base = f"/api/contests/{slug}"
    asked = (await phone.get(f"{base}/form")).json()
    if codes:
        body = {"code": codes[name_of(number)], "phone": phone_of(number)}
        reply = await phone.post(f"{base}/sign-in", json=body)
        assert reply.status_code == 200, reply.text
        assert reply.json()["entry"]["state"] == "invited"
    pupil = rules.entry.groups == (TargetGroup.PUPIL_STUDENT,)
    known = {
        "phone": phone_of(number),
        "birth_date": "01/02/2009" if pupil else "01/02/1990",
        "commune": _COMMUNE,
        "unit": f"DV{unit:02d}",
        "target_group": "pupil_student" if pupil else "citizen" if number % 3 else "official",
    }
    if number < len(PARTS) and not pupil:
        known["target_group"] = "citizen"
    values = {"full_name": name_of(number)} | {
        name: value for name, value in known.items() if asked["fields"].get(name, "required") != "hidden"
    }
    child = {"guardian_name": "Nguyễn Thị Mẹ", "guardian_phone": "0912345678"} if pupil else {}
    given = {
        "values": values | child,
        "consents": {one["purpose"]: True for one in asked["consents"]},
        "guardian_consent": pupil,
    }
    reply = await phone.post(f"{base}/entries", json=given)
    assert reply.status_code == 201, reply.text
    assert bool(reply.json()["code"]) is not bool(codes)
    found: dict[str, Any] = reply.json()["entry"]
    assert found["state"] == "active"
    # A second entry of the same person is not made, however the number is spelled.
    if number == 9 and not codes:
        async with httpx.AsyncClient(
            transport=phone._transport, base_url=phone.base_url, headers=phone.headers
        ) as other:
            other.headers.pop("cookie", None)
            again = given | {
                "values": values | child | {"phone": f"+84 {phone_of(number)[1:4]}.{phone_of(number)[4:]}"}
            }
            refused = await other.post(f"{base}/entries", json=again)
            assert (refused.status_code, refused.json()["code"]) == (409, "phone_used_up"), refused.text
    return found


async def _claim_roster(
    platform: Platform,
    contest_id: int,
    rules: ContestRules,
    made: list[Person],
    numbers: dict[str, tuple[int, int, str]],
) -> list[Entrant]:
    """People of the roster come with their codes; those with phones have come already."""
    waiting = sorted((entry, participant, name, public) for public, (entry, participant, name) in numbers.items())
    of_roster = {name_of(n): n for n in range(LISTED)}
    waiting = [one for one in waiting if of_roster[one[2]] >= PHONES][: len(made)]
    crowd = []
    for (entry, participant, name, public), person in zip(waiting, made, strict=True):
        await people.register(
            platform.db,
            platform.box,
            ContestId(contest_id),
            rules.entry,
            EntryData(full_name=name, group=person.data.group),
            now_ms=platform.clock.wall_ms(),
            known=ParticipantId(participant),
        )
        crowd.append(Entrant(entry, public, name, person))
    return crowd


async def _entry_numbers(platform: Platform, contest_id: int) -> dict[str, tuple[int, int, str]]:
    found = select(entries.c.public_id, entries.c.id, participants.c.id, participants.c.full_name).join(participants)
    async with platform.db.read() as reader:
        rows = await reader.execute(found.where(entries.c.contest_id == contest_id))
        return {public: (entry, participant, name) for public, entry, participant, name in rows}
