"""The golden bell for those who run it: the form, the commands over HTTP, standings, people and exports."""

import csv
import io
import json

import httpx

from admin.roles import Role
from contest.answering import accept
from contest.ids import RoundId
from contest.phases import CommandName
from contest.round_state import Command
from contest.rounds import load
from tests.admin.conftest import Staff
from tests.admin.test_pages import quiz_with
from tests.contest.support import SINGLE, arrival, seat


async def test_from_the_form_to_the_workbook(staff: Staff) -> None:
    client = await staff.signed_in(Role.HOST)
    quiz_id = await quiz_with(staff, *[SINGLE] * 4)
    page = (await client.get(f"/rounds/new?quiz={quiz_id}")).text
    assert 'value="golden_bell"' in page
    assert "Rung chuông vàng" in page
    # As a browser sends it with the box unticked: the hidden "false" alone.
    form = {"quiz_id": quiz_id, "mode": "golden_bell", "fun": "false", "rescues_allowed": "2", "rescue_from": "1"}
    made = await client.post("/rounds", data={**form, "reading_seconds": "0", "seconds": ""})
    round_id = int(made.headers["location"].rpartition("/")[2])
    base = f"/api/rounds/{round_id}"
    settings = (await client.get(base)).json()["settings"]
    assert (settings["mode"], settings["fun"], settings["rescues_allowed"]) == ("golden_bell", False, 2)
    async with staff.services.db.read() as reader:
        record = await load(reader, RoundId(round_id))
    assert record.plan.seconds == (10, 10, 10, 10)
    await seat(staff.services.db, record, "Lan", "Minh", "Hà", "Chi")

    async def command(name: str, **more: object) -> httpx.Response:
        return await client.post(f"{base}/commands", json={"command": name, **more})

    async def ask(number: int, *right: int) -> None:
        for _ in ("get ready", "open"):
            assert (await command("next")).status_code == 200
        arrivals = [arrival(record, n, ["b"], question=number, fair_ms=1_000 + n) for n in right]
        await accept(staff.services.db, arrivals)
        await command("close")
        await staff.services.runner.apply(record.id, Command(CommandName.SETTLE), actor="system", due=True)
        assert (await command("next")).json()["phase"] == "standings"

    await ask(1, 1, 2, 3)
    refused = await command("rescue", seats=[1])
    assert (refused.status_code, refused.json()["code"]) == (409, "rescue_not_out")
    assert (await command("rescue")).status_code == 422
    await ask(2, 1)
    out = (await client.get(f"{base}/seats?out=true")).json()["seats"]
    assert [(row["name"], row["out_at"]) for row in out] == [("Minh", 2), ("Hà", 2), ("Chi", 1)]
    assert [row["name"] for row in (await client.get(f"{base}/seats?out=true&q=ha")).json()["seats"]] == ["Hà"]
    assert (await command("rescue", count=1)).status_code == 200
    assert (await command("rescue_question", on=True)).status_code == 200
    assert (await command("rescue", all=True)).json()["code"] == "rescues_used_up"
    await ask(3, 3)
    await ask(4, 1, 2)
    rows = (await client.get(f"{base}/standings")).json()
    assert [(row["rank"], row["name"], row["out_at"]) for row in rows] == [
        (1, "Lan", None),
        (2, "Minh", None),
        (3, "Hà", 4),
        (4, "Chi", 1),
    ]
    assert (await command("next")).json()["phase"] == "podium"
    assert "Rời sàn ở câu" in (await client.get(f"/rounds/{round_id}")).text
    written = (await client.get(f"{base}/export.csv?table=standings")).text
    table = list(csv.reader(io.StringIO(written.removeprefix("\ufeff")), delimiter=";" if ";" in written else ","))
    heading = next(row for row in table if "Rung chuông vàng" in row)
    bell = heading.index("Rung chuông vàng")
    told = {row[1]: (row[bell - 1], row[bell]) for row in table[table.index(heading) + 1 :] if len(row) > bell}
    assert told == {"Lan": ("", "Có"), "Minh": ("", "Có"), "Hà": ("4", ""), "Chi": ("1", "")}
    whole = json.loads((await client.get(f"{base}/export.json")).text)
    assert '"recount_differs": 0' in json.dumps(whole), "a recount of the answers and the rescues says the same"
    assert (await command("next")).json()["phase"] == "finished"
