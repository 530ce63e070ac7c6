"""Members of teams in SQL: who they are, and the link that opens their phone page.

Never stores a phone number in the clear and never keeps a link: its hash is enough to know it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from contest import audit
from contest.database import Reader, Writer
from contest.errors import Conflict, Invalid, NotFound
from contest.provincial import phones
from contest.provincial.entry_form import Wrong, person_name
from contest.provincial.phones import as_dialled
from contest.provincial.secrets_box import FieldBox, Unreadable
from contest.teams.model import Member, MemberRole
from contest.teams.tables import team_members, team_sessions, teams
from contest.tickets import digest, new_secret
from scoring.folding import fold, nfc

MOST = 100
_DAY_MS = 86_400_000
FORGOTTEN_AFTER_DAYS = 30
"""Who left is forgotten so many days later: until then a slip of the finger can be taken back."""
_FOLD_LENGTH = 160


@dataclass(frozen=True, slots=True)
class MemberLine:
    """A member as lists show them; `phone` is empty unless it was asked for."""

    member: Member
    phone: str
    issued_at: int | None
    revoked_at: int | None
    left_at: int | None


def member_record(row: Any) -> Member:
    """A row of `team_members` as a value."""
    return Member(row.id, row.team_id, row.name, MemberRole(row.role), bool(row.active), row.paired_at)


def member_key(box: FieldBox, name: str, phone: str | None) -> str:
    """What tells two members of a team apart: the name however written, and the phone."""
    return box.digest("team-member", f"{fold(name) or nfc(name).casefold()}|{phone or ''}")


def phone_hash(box: FieldBox, phone: str) -> str:
    """What a member is found by; no other table can be joined by it."""
    return box.digest("team-phone", phone)


def member_row(
    box: FieldBox, team_id: int, name: str, phone: str | None, role: MemberRole, actor: str, now_ms: int
) -> dict[str, Any]:
    """A member as inserted; `name` and `phone` (E.164) as the readers of forms give them."""
    return {
        "team_id": team_id, "name": name, "name_fold": fold(name)[:_FOLD_LENGTH], "phone_enc": box.seal_or_none(phone),
        "phone_hash": phone_hash(box, phone) if phone else None, "member_key": member_key(box, name, phone),
        "role": str(role), "created_by": actor, "created_at": now_ms, "updated_at": now_ms,
    }  # fmt: skip


async def add(
    writer: Writer,
    box: FieldBox,
    team_id: int,
    *,
    name: str,
    phone: str,
    role: MemberRole,
    actor: str,
    now_ms: int,
) -> Member:
    """One more member. Raises Invalid("member_name" | "member_phone"), Conflict("member_exists")."""
    try:
        clean = person_name(name)
    except Wrong:
        raise Invalid("member_name") from None
    number = _number(phone)
    try:
        async with writer.begin_nested():
            row = (
                await writer.execute(
                    insert(team_members)
                    .values(member_row(box, team_id, clean, number, role, actor, now_ms))
                    .returning(team_members)
                )
            ).one()
    except IntegrityError:
        raise Conflict("member_exists") from None
    await _note(writer, "team.member.add", row.id, actor, now_ms)
    return member_record(row)


def _number(typed: str) -> str | None:
    if not typed.strip():
        return None
    found = phones.read(typed)
    if found.number is None:
        raise Invalid("member_phone")
    return found.number


async def load(reader: Reader, member_id: int) -> Member:
    """Raises NotFound("member_unknown")."""
    row = (await reader.execute(select(team_members).where(team_members.c.id == member_id))).one_or_none()
    if row is None:
        raise NotFound("member_unknown")
    return member_record(row)


async def set_role(writer: Writer, member_id: int, role: MemberRole, *, actor: str, now_ms: int) -> None:
    """Leader or member. Raises NotFound("member_unknown")."""
    await _change(writer, member_id, "team.member.role", actor, now_ms, role=str(role))


async def leave(writer: Writer, member_id: int, *, actor: str, now_ms: int) -> None:
    """They are of the team no more: the link is dead at once, the name is forgotten after a while."""
    await _change(
        writer, member_id, "team.member.leave", actor, now_ms,
        active=False, left_at=now_ms, token_hash=None, revoked_at=now_ms,
    )  # fmt: skip


async def come_back(writer: Writer, member_id: int, *, actor: str, now_ms: int) -> None:
    """Takes `leave` back; a new link has to be given. Raises Conflict("member_forgotten")."""
    if (await load(Reader(writer), member_id)).name is None:
        raise Conflict("member_forgotten")
    await _change(writer, member_id, "team.member.back", actor, now_ms, active=True, left_at=None)


async def revoke(writer: Writer, member_id: int, *, actor: str, now_ms: int) -> None:
    """Their link opens nothing any more: a phone was lost."""
    await _change(writer, member_id, "team.member.revoke", actor, now_ms, token_hash=None, revoked_at=now_ms)


async def _change(writer: Writer, member_id: int, action: str, actor: str, now_ms: int, **values: Any) -> None:
    done = await writer.execute(
        update(team_members).where(team_members.c.id == member_id).values(updated_at=now_ms, **values)
    )
    if done.rowcount != 1:
        raise NotFound("member_unknown")
    await _note(writer, action, member_id, actor, now_ms)


async def issue(writer: Writer, member_ids: Sequence[int], *, actor: str, now_ms: int) -> dict[int, str]:
    """New links for members who are still there; what they had opens nothing any more. The secrets, by member."""
    c = team_members.c
    given: dict[int, str] = {}
    for first in range(0, len(member_ids), 500):
        some = list(member_ids[first : first + 500])
        rows = await writer.execute(select(c.id).where(c.id.in_(some), c.active.is_(True)))
        for row in rows.all():
            given[row.id] = new_secret()
            await writer.execute(
                update(team_members)
                .where(c.id == row.id)
                .values(token_hash=digest(given[row.id]), issued_at=now_ms, paired_at=None, revoked_at=None)
            )
    await audit.record(
        writer, actor=actor, action="team.member.issue", subject="team_members", now_ms=now_ms,
        detail={"members": len(given)},
    )  # fmt: skip
    return given


async def by_token(reader: Reader, token: str) -> Member | None:
    """Whose link this is; None for one that opens nothing, also when the team is at rest."""
    row = (
        await reader.execute(
            select(team_members)
            .join(teams, teams.c.id == team_members.c.team_id)
            .where(
                team_members.c.token_hash == digest(token), team_members.c.active.is_(True), teams.c.active.is_(True)
            )
        )
    ).one_or_none()
    return None if row is None else member_record(row)


async def paired(writer: Writer, member_id: int, now_ms: int) -> None:
    """Their phone has opened the link; only the first time is kept."""
    await writer.execute(
        update(team_members)
        .where(team_members.c.id == member_id, team_members.c.paired_at.is_(None))
        .values(paired_at=now_ms)
    )


async def of_team(reader: Reader, team_id: int, box: FieldBox | None = None) -> list[MemberLine]:
    """Leaders first, those who left last; with `box` their phone numbers are read."""
    rows = await reader.execute(_listed().where(team_members.c.team_id == team_id))
    return [member_line(row, box) for row in rows]


async def find(reader: Reader, box: FieldBox, query: str, *, with_phones: bool) -> list[MemberLine]:
    """Members by any part of their name, however written, or by their whole phone number."""
    keys: list[ColumnElement[bool]] = []
    if with_phones and (number := phones.read(query).number):
        keys.append(team_members.c.phone_hash == phone_hash(box, number))
    name = fold(query)
    if len(name) >= 2 and not name.replace(" ", "").isdigit():
        keys.append(team_members.c.name_fold.contains(name, autoescape=True))
    if not keys:
        return []
    rows = await reader.execute(_listed().where(or_(*keys), team_members.c.forgotten_at.is_(None)).limit(MOST))
    return [member_line(row, box if with_phones else None) for row in rows]


def to_issue(*, commune: str = "", team_id: int | None = None, leaders: bool, anew: bool) -> Select[Any]:
    """Members of a commune or team that a sheet of links is for; without `anew` only those who have none."""
    wanted: list[ColumnElement[bool]] = [team_members.c.active.is_(True), teams.c.active.is_(True)]
    wanted.append(teams.c.commune == commune if team_id is None else teams.c.id == team_id)
    if leaders:
        wanted.append(team_members.c.role == str(MemberRole.LEADER))
    if not anew:
        wanted.append(team_members.c.token_hash.is_(None))
    return (
        select(team_members, teams.c.name.label("team_name"))
        .join(teams, teams.c.id == team_members.c.team_id)
        .where(and_(*wanted))
        .order_by(teams.c.sort_key, teams.c.id, team_members.c.role, team_members.c.name_fold, team_members.c.id)
    )


async def forget(writer: Writer, now_ms: int) -> int:
    """Removes what is known of those who left long enough ago, notes on their sessions too; how many people."""
    c = team_members.c
    gone = (
        await writer.execute(
            select(c.id)
            .where(c.left_at <= now_ms - FORGOTTEN_AFTER_DAYS * _DAY_MS, c.forgotten_at.is_(None))
            .limit(500)
        )
    ).scalars()
    ids = list(gone)
    for member_id in ids:
        await writer.execute(
            update(team_members)
            .where(c.id == member_id)
            .values(
                name=None, name_fold=None, phone_enc=None, phone_hash=None, token_hash=None,
                member_key=f"forgotten:{member_id}", forgotten_at=now_ms,
            )
        )  # fmt: skip
    if ids:
        await writer.execute(update(team_sessions).where(team_sessions.c.member_id.in_(ids)).values(note=""))
        await audit.record(
            writer, actor=audit.SYSTEM, action="team.member.forget", subject="team_members", now_ms=now_ms,
            detail={"members": len(ids)},
        )  # fmt: skip
    return len(ids)


def _listed() -> Select[Any]:
    c = team_members.c
    return select(team_members).order_by(c.left_at.is_not(None), c.role, c.name_fold, c.id)


def member_line(row: Any, box: FieldBox | None) -> MemberLine:
    """A row as lists show it."""
    phone = ""
    if box is not None and row.phone_enc:
        try:
            phone = as_dialled(box.open(row.phone_enc))
        except Unreadable:
            phone = "?"
    return MemberLine(member_record(row), phone, row.issued_at, row.revoked_at, row.left_at)


async def _note(writer: Writer, action: str, member_id: int, actor: str, now_ms: int) -> None:
    await audit.record(writer, actor=actor, action=action, subject=f"team_member:{member_id}", now_ms=now_ms)
