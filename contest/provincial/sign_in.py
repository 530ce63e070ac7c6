"""Coming back without a password: the personal code, a code sent to the phone, or an identity provider's word.

Every failure is the same refusal: nothing tells whether a number or a code is known. Never limits tries by address.
"""

from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from contest.database import Database, Reader
from contest.errors import Conflict, Forbidden, Invalid
from contest.ids import ParticipantId
from contest.provincial import phone_codes, sessions
from contest.provincial.people import code_hash, confirm_phone, phone_hash
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import participants
from contest.tickets import digest


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who came back; `session` is the cookie's secret."""

    participant_id: ParticipantId
    session: str


class SeveralPeople(Conflict):
    """The phone is right, and several people share it: one of them must be named."""

    def __init__(self, people: list[dict[str, str]]) -> None:
        super().__init__("several_people", people=people)


async def by_code(db: Database, box: FieldBox, code: str, phone: str | None, *, now_ms: int) -> SignedIn:
    """With the personal code, and the phone where the person gave one. Raises Forbidden("sign_in_failed")."""
    async with db.read() as reader:
        row = (
            await reader.execute(
                select(participants.c.id, participants.c.phone_hash).where(
                    participants.c.code_hash == code_hash(box, code), participants.c.erased_at.is_(None)
                )
            )
        ).one_or_none()
    given = phone_hash(box, phone) if phone else None
    if row is None or (row.phone_hash is not None and row.phone_hash != given):
        raise Forbidden("sign_in_failed")
    return await _signed_in(db, ParticipantId(row.id), now_ms)


async def by_phone(
    db: Database, box: FieldBox, phone: str, digits: str, *, person: str | None = None, now_ms: int
) -> SignedIn:
    """With a code that was sent to the phone; it also confirms the phone.

    Raises Forbidden("sign_in_failed"); SeveralPeople when the phone is shared and `person` (a public id) does not say
    who it is: the code stays good for the second request.
    """
    async with db.read() as reader:
        found = await _people_of(reader, phone_hash(box, phone))
    chosen = [one for one in found if person is None or one["id"] == person]
    try:
        await phone_codes.check(db, box, phone, digits, now_ms=now_ms, use=len(chosen) == 1)
    except Invalid:
        raise Forbidden("sign_in_failed") from None
    if not chosen:
        raise Forbidden("sign_in_failed")
    if len(chosen) > 1:
        raise SeveralPeople(chosen)
    async with db.write() as writer:
        participant = await writer.scalar(select(participants.c.id).where(participants.c.public_id == chosen[0]["id"]))
        if participant is None:
            raise Forbidden("sign_in_failed")
        await confirm_phone(writer, ParticipantId(participant), now_ms)
        return SignedIn(ParticipantId(participant), await sessions.start(writer, ParticipantId(participant), now_ms))


async def by_subject(db: Database, box: FieldBox, issuer: str, subject: str, *, now_ms: int) -> SignedIn | None:
    """With the word of an identity provider; None when nobody here is linked with that subject."""
    async with db.read() as reader:
        found = await reader.scalar(
            select(participants.c.id).where(
                participants.c.subject_hash == subject_hash(box, issuer, subject), participants.c.erased_at.is_(None)
            )
        )
    return None if found is None else await _signed_in(db, ParticipantId(found), now_ms)


async def link_subject(db: Database, box: FieldBox, participant_id: ParticipantId, issuer: str, subject: str) -> None:
    """From now on this subject is that person. Raises Conflict("subject_taken") when it is somebody else."""
    try:
        async with db.write() as writer:
            await writer.execute(
                update(participants)
                .where(participants.c.id == participant_id)
                .values(subject_hash=subject_hash(box, issuer, subject))
            )
    except IntegrityError:
        raise Conflict("subject_taken") from None


async def has_subject(reader: Reader, participant_id: ParticipantId) -> bool:
    """Whether a subject of an identity provider is that person already."""
    found = select(participants.c.subject_hash).where(participants.c.id == participant_id)
    return await reader.scalar(found) is not None


def subject_hash(box: FieldBox, issuer: str, subject: str) -> str:
    """What a subject of an issuer is looked up by."""
    return box.digest("subject", f"{issuer}|{digest(subject)}")


async def known_phone(reader: Reader, box: FieldBox, phone: str) -> bool:
    """Whether a message to this number would reach somebody who is here; never told to the one who asks."""
    return bool(await _people_of(reader, phone_hash(box, phone)))


async def _people_of(reader: Reader, subject: str) -> list[dict[str, str]]:
    rows = await reader.execute(
        select(participants.c.public_id, participants.c.full_name)
        .where(participants.c.phone_hash == subject, participants.c.erased_at.is_(None))
        .order_by(participants.c.id)
    )
    return [{"id": row.public_id, "name": row.full_name} for row in rows]


async def _signed_in(db: Database, participant_id: ParticipantId, now_ms: int) -> SignedIn:
    async with db.write() as writer:
        return SignedIn(participant_id, await sessions.start(writer, participant_id, now_ms))
