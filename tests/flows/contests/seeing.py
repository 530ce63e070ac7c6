"""What the public and the entrants see of a contest that is over: winners, certificates, right answers.

Asks the players' server only, as a browser and a phone do.
"""

import html
import re

from sqlalchemy import select

from contest.provincial.rules import ContestRules
from contest.provincial.tables import contest_awards
from tests.flows.contests.entering import PHONES, Entrant, Part
from tests.flows.contests.platform import Platform
from tests.flows.contests.rule_sets import RuleSet

Prize = tuple[str, str, str, int, str]


async def winners_are_told(
    platform: Platform, slug: str, rules: ContestRules, rule_set: RuleSet, crowd: list[Entrant]
) -> None:
    """From the moment of publication, with the prizes' names and what they are worth."""
    page = await _page(platform, f"/c/{slug}/winners")
    for prize in rules.prizes:
        assert prize.name in page
        assert f"{prize.value_vnd:,}".replace(",", ".") in page
    for one in crowd[:8]:
        assert (one.name in page) == (one.part in (Part.FIRST_PAIR, Part.SECOND_PAIR)), one
    assert page.count('<section class="result"') == len(rule_set.windows) + (rules.collective is not None)


async def prizes_are_public(
    platform: Platform, contest_id: int, slug: str, crowd: list[Entrant], prizes: list[Prize]
) -> None:
    """One line for each prize; the names of those who said nothing about theirs are letters only; a certificate."""
    page = await _page(platform, f"/c/{slug}/winners")
    lines = [html.unescape(one) for one in re.findall(r'<th scope="row">([^<]*)', page)]
    assert len(lines) == len(prizes)
    known = {str(one.entry): one for one in crowd}
    asked = {one.name for one in crowd[:PHONES]}
    for result, _, _, _, holder in prizes:
        if result != "collective":
            name = known[holder].name
            letters = " ".join(f"{word[0].upper()}." for word in name.split())
            assert (name if name in asked else letters) in lines, name
    c = contest_awards.c
    async with platform.db.read() as reader:
        code, entry = (
            await reader.execute(
                select(c.certificate, c.entry_id).where(
                    c.contest_id == contest_id, c.prize == "nhat", c.entry_id.in_([one.entry for one in crowd[:2]])
                )
            )
        ).one()
    certificate = await _page(platform, f"/certificates/{code}")
    assert known[str(entry)].name in certificate
    async with platform.phone() as http:
        assert (await http.get("/certificates/nobody-has-this-code")).status_code == 404


async def keys_are_out(slug: str, one: Entrant) -> None:
    """Whoever took part may now read what was right."""
    assert one.phone is not None
    base = f"/api/contests/{slug}/attempts"
    taken = (await one.phone.get(base)).json()["attempts"]
    review = (await one.phone.get(f"{base}/{taken[-1]['attempt']}")).json()["review"]
    assert review
    assert all(answer["right"] and answer["why"] for answer in review)


async def _page(platform: Platform, path: str) -> str:
    async with platform.phone() as http:
        reply = await http.get(path)
    assert reply.status_code == 200, f"{path}: {reply.status_code} {reply.text[:500]}"
    return reply.text
