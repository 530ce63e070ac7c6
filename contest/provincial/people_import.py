"""The roster an organiser brings: everybody on it is invited, with a personal code to be printed.

Every row of a file is answered for: taken, known already, or left out with its reason. Never shows a page.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from contest.database import Database, Reader, Writer
from contest.ids import ContestId, ParticipantId
from contest.provincial.entry_form import Wrong, birth_date_of, person_name
from contest.provincial.import_rows import (
    ADDED,
    LEFT_OUT,
    SAME,
    ImportResult,
    RowResult,
    code_or_fold,
    commune_names,
    id_number,
    left_out,
    note,
    phone_in,
    told,
    unit_names,
)
from contest.provincial.local_time import local_date
from contest.provincial.people_batch import register_many
from contest.provincial.people_model import EntryData
from contest.provincial.people_rows import INVITED, id_hash, person_key, phone_hash
from contest.provincial.rules import TargetGroup
from contest.provincial.secrets_box import FieldBox
from contest.provincial.sheet_reading import Line, read_async
from contest.provincial.tables import entries, participants
from scoring.folding import fold, nfc

_CHUNK = 500
_GROUPS = {
    "hoc sinh": TargetGroup.PUPIL_STUDENT,
    "sinh vien": TargetGroup.PUPIL_STUDENT,
    "hoc sinh sinh vien": TargetGroup.PUPIL_STUDENT,
    "nguoi dan": TargetGroup.CITIZEN,
    "can bo": TargetGroup.OFFICIAL,
    "can bo cong chuc": TargetGroup.OFFICIAL,
    "cong chuc": TargetGroup.OFFICIAL,
    "vien chuc": TargetGroup.OFFICIAL,
    "can bo cong chuc vien chuc": TargetGroup.OFFICIAL,
    "nguoi lao dong": TargetGroup.ENTERPRISE_WORKER,
    "nguoi lao dong doanh nghiep": TargetGroup.ENTERPRISE_WORKER,
    "cong nhan": TargetGroup.ENTERPRISE_WORKER,
    **{one.value.replace("_", ""): one for one in TargetGroup},
    **{one.value: one for one in TargetGroup},
}
_SEXES = {"nam": "male", "male": "male", "nu": "female", "female": "female", "khac": "other", "other": "other"}


async def import_roster(
    db: Database,
    box: FieldBox,
    contest_id: ContestId,
    filename: str,
    data: bytes,
    *,
    actor: str,
    now_ms: int,
    restore_zero: bool = False,
) -> ImportResult:
    """Invites the people of a list; whoever is in the contest already stays as they are, so a file may come twice.

    `restore_zero`: nine-digit numbers lost their 0 in a spreadsheet, the organiser says so. Raises what reading a
    file raises.
    """
    lines = await read_async(filename, data, ["full_name"])
    async with db.write() as writer:
        reader = _RosterReader(
            await unit_names(Reader(writer), contest_id), local_date(now_ms), restore_zero=restore_zero
        )
        results: list[RowResult] = []
        wanted: list[tuple[Line, EntryData]] = []
        for line in lines:
            try:
                wanted.append((line, reader.person(line)))
            except Wrong as wrong:
                results.append(left_out(line, wrong))
        results += await _invite(writer, box, contest_id, wanted, now_ms)
        outcome = ImportResult(tuple(sorted(results, key=lambda one: one.number)))
        await note(writer, contest_id, "roster", outcome, actor, now_ms)
    return outcome


class _RosterReader:
    def __init__(self, unit_names: Mapping[str, str], today: date, *, restore_zero: bool) -> None:
        self._units, self._communes = unit_names, commune_names()
        self._today, self._restore_zero = today, restore_zero

    def person(self, line: Line) -> EntryData:
        birth = line.get("birth_date")
        birth_date = birth_date_of(birth.split("T")[0].split(" 00:")[0], self._today) if birth else None
        sex = told(_SEXES, fold(line.get("sex")), "sex_unknown")
        unit_code, unit_other = self._unit(line)
        group = told(_GROUPS, _group_key(line.get("target_group")), "group_unknown")
        return EntryData(
            full_name=person_name(line.get("full_name")),
            phone=phone_in(line.get("phone"), restore_zero=self._restore_zero),
            birth_date=birth_date,
            commune=told(self._communes, code_or_fold(line.get("commune")), "commune_unknown"),
            group=TargetGroup(group) if group else None,
            unit_code=unit_code,
            unit_other=unit_other,
            sex=sex,
            id_number=id_number(line.get("id_number"), birth_date, sex),
        )

    def _unit(self, line: Line) -> tuple[str | None, str | None]:
        code, name = line.get("unit_code"), line.get("unit")
        if not code and not name:
            return None, None
        if found := self._units.get(code) or self._units.get(fold(name)):
            return found, None
        if self._units:
            raise Wrong("unit_unknown")
        return None, nfc(name or code)[:160]


async def _invite(
    writer: Writer, box: FieldBox, contest_id: ContestId, wanted: Sequence[tuple[Line, EntryData]], now_ms: int
) -> list[RowResult]:
    here = _Here(box, await _entered(writer, contest_id))
    results: list[RowResult] = []
    fresh: list[tuple[Line, EntryData]] = []
    for line, person in wanted:
        if here.has(person):
            results.append(RowResult(line.number, SAME, person.full_name))
        elif person.id_number and id_hash(box, person.id_number) in here.ids:
            results.append(RowResult(line.number, LEFT_OUT, person.full_name, "id_repeats"))
        else:
            here.add(person)
            fresh.append((line, person))
    for start in range(0, len(fresh), _CHUNK):
        results += await _invite_chunk(writer, box, contest_id, fresh[start : start + _CHUNK], here, now_ms)
    return results


async def _invite_chunk(
    writer: Writer,
    box: FieldBox,
    contest_id: ContestId,
    chunk: Sequence[tuple[Line, EntryData]],
    here: "_Here",
    now_ms: int,
) -> list[RowResult]:
    """Invites people of the file; those who are known from other contests keep the code they have."""
    hashes = [phone_hash(box, person.phone) for _, person in chunk if person.phone]
    rows = await writer.execute(
        select(participants.c.id, participants.c.phone_hash, participants.c.person_key).where(
            participants.c.phone_hash.in_(hashes)
        )
    )
    known = {(row.phone_hash, row.person_key): ParticipantId(row.id) for row in rows}
    of = [known.get(here.key(person)) if person.phone else None for _, person in chunk]
    made = await register_many(
        writer, box, contest_id, [person for _, person in chunk],
        now_ms=now_ms, state=INVITED, channel="roster", with_codes=True, with_sessions=False,
        known=of, slots=[here.slot(person) for _, person in chunk],
    )  # fmt: skip
    return [
        RowResult(line.number, ADDED, person.full_name, code_to_print=one.personal_code)
        for (line, person), one in zip(chunk, made, strict=True)
    ]


class _Here:
    """Who is in the contest by now, with those of the file that were taken."""

    def __init__(self, box: FieldBox, rows: Sequence[Any]) -> None:
        self._box = box
        self._by_phone = {(row.phone_hash, row.person_key) for row in rows}
        self._by_unit = {(row.person_key, row.unit_code) for row in rows}
        self.ids = {row.id_hash for row in rows if row.id_hash}
        self._slots: dict[str, int] = {}
        for row in rows:
            if row.entry_phone:
                self._slots[row.entry_phone] = max(self._slots.get(row.entry_phone, 0), row.phone_slot + 1)

    def key(self, person: EntryData) -> tuple[str | None, str]:
        phone = phone_hash(self._box, person.phone) if person.phone else None
        return phone, person_key(self._box, person.full_name, person.birth_date)

    def has(self, person: EntryData) -> bool:
        phone, key = self.key(person)
        return (phone, key) in self._by_phone if phone else (key, person.unit_code) in self._by_unit

    def add(self, person: EntryData) -> None:
        phone, key = self.key(person)
        self._by_phone.add((phone, key))
        self._by_unit.add((key, person.unit_code))
        if person.id_number:
            self.ids.add(id_hash(self._box, person.id_number))

    def slot(self, person: EntryData) -> int:
        phone, _ = self.key(person)
        if phone is None:
            return 0
        self._slots[phone] = self._slots.get(phone, 0) + 1
        return self._slots[phone] - 1


async def _entered(writer: Writer, contest_id: ContestId) -> Sequence[Any]:
    rows = await writer.execute(
        select(
            participants.c.phone_hash, participants.c.person_key, entries.c.unit_code, entries.c.id_hash,
            entries.c.phone_hash.label("entry_phone"), entries.c.phone_slot,
        )
        .join(participants, participants.c.id == entries.c.participant_id)
        .where(entries.c.contest_id == contest_id)
    )  # fmt: skip
    return rows.all()


def _group_key(text: str) -> str:
    return text if text in _GROUPS else fold(text)
