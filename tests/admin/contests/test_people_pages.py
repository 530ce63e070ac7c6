"""Staff help people who lost their code, and nobody else sees who they are."""

import pytest
from sqlalchemy import select

from admin.roles import Role
from contest.database import Reader
from contest.errors import Forbidden
from contest.provincial import data_rights, people, sign_in
from contest.provincial.secrets_box import FieldBox
from contest.provincial.tables import participants
from contest.settings import load_field_key
from contest.tables import audit_log
from tests.admin.conftest import Staff
from tests.contest.provincial.people_support import make_contest, rules, somebody


async def seeded(staff: Staff) -> tuple[FieldBox, people.Registered]:
    box, now_ms = FieldBox(load_field_key(staff.services.settings)), staff.clock.wall_ms()
    contest_id = await make_contest(staff.services.db)
    made = await people.register(
        staff.services.db, box, contest_id, rules(id_number="optional").entry, somebody(id_number="066090012345"),
        now_ms=now_ms,
    )  # fmt: skip
    return box, made


async def public_id(staff: Staff, made: people.Registered) -> str:
    async with staff.services.db.read() as reader:
        found = select(participants.c.public_id).where(participants.c.id == made.participant_id)
        return str(await reader.scalar(found))


async def test_no_address_counts_people(staff: Staff) -> None:
    _, made = await seeded(staff)
    organiser = await staff.signed_in(Role.ORGANISER)
    # Running numbers could be tried from 1 up, and the last one that is there is how many have entered.
    assert (await organiser.get(f"/people/{made.participant_id}")).status_code == 404
    assert (await organiser.get(f"/people/{await public_id(staff, made)}")).status_code == 200


async def test_a_lost_code_is_replaced(staff: Staff) -> None:
    box, made = await seeded(staff)
    organiser = await staff.signed_in(Role.ORGANISER)
    who = await public_id(staff, made)
    for query in ("y mek", "0912 345 678", "912345678", "066090012345", made.entry.public_id):
        found = await organiser.post("/people", data={"q": query})
        assert f"/people/{who}" in found.text
        assert "…678" in found.text
        assert "0912345678" not in found.text.replace(query, "")
    page = await organiser.get(f"/people/{who}")
    assert "…2345" in page.text
    assert "066090012345" not in page.text
    shown = await organiser.post(f"/people/{who}/code")
    code = shown.text.split("<code>")[1].split("</code>")[0]
    db, now_ms = staff.services.db, staff.clock.wall_ms()
    assert made.personal_code is not None
    with pytest.raises(Forbidden):
        await sign_in.by_code(db, box, made.personal_code, "+84912345678", now_ms=now_ms)
    signed = await sign_in.by_code(db, box, code, "+84912345678", now_ms=now_ms)
    assert signed.participant_id == made.participant_id


async def test_every_look_is_noted_without_saying_whom_it_was_for(staff: Staff) -> None:
    _, made = await seeded(staff)
    organiser = await staff.signed_in(Role.ORGANISER)
    await organiser.post("/people", data={"q": "Y Mek"})
    who = await public_id(staff, made)
    await organiser.get(f"/people/{who}")
    async with staff.services.db.read() as reader:
        rows = (await reader.execute(select(audit_log.c.action, audit_log.c.subject, audit_log.c.detail))).all()
    noted = {row.action: (row.subject, row.detail) for row in rows}
    assert noted["people.search"] == ("participants", {"found": 1})
    assert noted["people.view"][0] == f"participant:{who}"
    assert "Mek" not in str(rows)


async def test_requests_are_settled_and_people_corrected_or_erased(staff: Staff) -> None:
    _, made = await seeded(staff)
    db, now_ms = staff.services.db, staff.clock.wall_ms()
    async with db.write() as writer:
        asked = await data_rights.ask(writer, made.participant_id, "correct", "Tên tôi là Y Méc", now_ms=now_ms)
    organiser = await staff.signed_in(Role.ORGANISER)
    assert "Tên tôi là Y Méc" in (await organiser.get("/people")).text
    where = f"/people/{await public_id(staff, made)}"
    wrong = await organiser.post(f"{where}/correct", data={"name": "Y Méc", "birth_date": "31/02/1990"})
    assert 'role="alert"' in wrong.text
    right = {"name": "Y Méc Ê Nuôl", "birth_date": "28/02/1990", "phone": ""}
    assert (await organiser.post(f"{where}/correct", data=right)).status_code == 303
    assert (await organiser.post(f"/people/requests/{asked.id}", data={"act": "done"})).status_code == 303
    again = await organiser.post(f"/people/requests/{asked.id}", data={"act": "done"})
    assert again.status_code == 409
    page = (await organiser.get(where)).text
    assert "Y Méc Ê Nuôl" in page
    assert "…678" in page
    assert (await organiser.post(f"{where}/erase", data={})).status_code == 422
    assert (await organiser.post(f"{where}/erase", data={"sure": "yes"})).status_code == 303
    gone = (await organiser.get(where)).text
    assert "Y Méc" not in gone
    assert (await organiser.post(f"{where}/code")).status_code == 409
    async with db.read() as reader:
        assert await people.name_of(Reader(reader), made.participant_id) == ""


async def test_hosts_see_nobody(staff: Staff) -> None:
    _, made = await seeded(staff)
    host, who = await staff.signed_in(Role.HOST), await public_id(staff, made)
    for answer in (
        await host.get("/people"),
        await host.get(f"/people/{who}"),
        await host.post("/people", data={"q": "Y Mek"}),
        await host.post(f"/people/{who}/code"),
        await host.post(f"/people/{who}/erase", data={"sure": "yes"}),
    ):
        assert answer.status_code == 403
        assert "Mek" not in answer.text


async def test_the_data_map_is_a_page(staff: Staff) -> None:
    organiser = await staff.signed_in(Role.ORGANISER)
    page = (await organiser.get("/people/data-map")).text
    assert "participants.phone_enc" in page
    assert "people.map" not in page


async def test_a_request_to_delete_is_done_by_deleting_alone(staff: Staff) -> None:
    _, made = await seeded(staff)
    async with staff.services.db.write() as writer:
        asked = await data_rights.ask(writer, made.participant_id, "delete", "", now_ms=staff.clock.wall_ms())
    organiser = await staff.signed_in(Role.ORGANISER)
    where = f"/people/{await public_id(staff, made)}"
    assert f'href="{where}#erase"' in (await organiser.get("/people")).text
    said = await organiser.post(f"/people/requests/{asked.id}", data={"act": "done"})
    assert said.status_code == 409
    assert (await organiser.post(f"{where}/erase", data={"sure": "yes"})).status_code == 303
    assert "#erase" not in (await organiser.get("/people")).text
