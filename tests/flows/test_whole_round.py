"""Two hundred phones, twenty questions: each acknowledged answer once, standings a recount, no key too early."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from contest.model import Question
from scoring.answer_key import parse_choice
from scoring.points import Scoring
from scoring.replay import ReplayAnswer, ReplayQuestion, replay
from scoring.standings import rank
from tests.flows.commands import running_up
from tests.flows.playing import Host, Phone, playing, questions

pytestmark = [pytest.mark.flow, pytest.mark.timeout(280)]

PHONES = 200
ASKED = questions(20, seconds=6)


def leaks(phone: Phone) -> list[str]:
    """Everything in the phone's frames that a question's reveal alone may show, found before that reveal."""
    found = []
    revealed_at: dict[int, int] = {}
    for version, raw in phone.seen:
        if shown := re.search(r'"phase":"(?:revealed|standings|podium)".*?"q":\{"n":(\d+)', raw):
            revealed_at.setdefault(int(shown[1]), version)
    for version, raw in phone.seen:
        for number, question in enumerate(ASKED, 1):
            if question["explanation_vi"] in raw and version < revealed_at[number]:
                found.append(f"explanation of {number} in {raw}")
        if re.search(r'"phase":"(lobby|get_ready|open|closing)"', raw) and re.search(r'"(right|why|counts)":', raw):
            found.append(raw)
        if '"t":"receipt"' in raw and re.search("right|wrong|partial|award|points", raw):
            found.append(raw)
    return found


def recount(answers: list[dict[str, Any]], seats: int) -> list[dict[str, Any]]:
    """The standings from nothing but the quiz and the stored answers."""
    asked = [Question.model_validate(question) for question in ASKED]
    given = []
    for answer in answers:
        choice = parse_choice(asked[answer["question"] - 1].key, answer["choice"])
        assert choice is not None
        given.append(ReplayAnswer(answer["question"], answer["seat"], choice, answer["fair_ms"]))
    plan = [
        ReplayQuestion(n, question.key, question.seconds * 1000, question.weight) for n, question in enumerate(asked, 1)
    ]
    totals = replay(Scoring.GENTLE, False, plan, given, range(1, seats + 1)).totals
    return [
        {"rank": one.rank, "seat": one.total.seat, "points": one.total.points, "correct": one.total.correct}
        | {"time_ms": one.total.time_ms}
        for one in rank(totals.values())
    ]


async def test_two_hundred_phones_play_twenty_questions(tmp_path: Path) -> None:
    with running_up(tmp_path / "data", "--players-processes", "2") as up:
        async with Host.of(up) as host:
            await host.new_round(ASKED, scoring="gentle", fairness="show")
            async with playing(host, PHONES, think_s=0.3) as phones:
                for number in range(1, len(ASKED) + 1):
                    assert (await host.command("next"))["phase"] == "get_ready"
                    await host.phase("revealed")
                    if number == 10:
                        during = await host.answers()
                        assert len(during) == 10 * PHONES
                    await host.command("next")
                await host.command("next")
                await host.command("next")

            answers = await host.answers()
            stored = {(answer["question"], answer["seat"]): answer["choice"] for answer in answers}
            assert len(stored) == len(answers), "one answer for each seat and question"
            for phone in phones:
                assert phone.errors == []
                assert set(phone.receipts) == set(phone.sent) == set(range(1, len(ASKED) + 1))
                for number, receipts in phone.receipts.items():
                    assert receipts[0]["status"] in ("accepted", "same")
                    assert {str(receipt["kept"]) for receipt in receipts} == {str(stored[number, phone.seat])}
                assert leaks(phone) == []
            assert Counter(answer["question"] for answer in answers) == dict.fromkeys(range(1, len(ASKED) + 1), PHONES)

            standings = await host.get(f"/standings?limit={PHONES}")
            told = [{key: row[key] for key in ("rank", "seat", "points", "correct", "time_ms")} for row in standings]
            assert told == recount(answers, PHONES)
            for phone in phones:
                row = next(row for row in standings if row["seat"] == phone.seat)
                assert (phone.you["points"], phone.you["rank"]) == (row["points"], row["rank"])

            # Two processes counted, and the admin server adds them up.
            exposed = (await host.http.get("/metrics")).text
            counted = dict(line.rsplit(" ", 1) for line in exposed.splitlines() if not line.startswith("#"))
            assert float(counted['hoithi_answers_total{status="accepted"}']) == len(answers)
            assert float(counted["hoithi_commit_seconds_count"]) > 0
            assert {"hoithi_sockets", "hoithi_rooms", "hoithi_loop_lag_seconds"} <= counted.keys()
