"""An organiser sets a contest up through the pages: a bank is imported, every tab filled in, the contest opened.

Nothing here knows the API, SQL or a module of the organiser's side.
"""

import json
import re
from datetime import datetime
from typing import Any

from tests.flows.contests.pages import Browser, Form, Page
from tests.flows.contests.rule_sets import TOPICS, VIET_NAM, RuleSet


async def import_bank(organiser: Browser) -> int:
    """A bank with four topics comes in as a file; gives its number."""
    questions = []
    for topic, count in TOPICS.items():
        for n in range(1, count + 1):
            right = "abcd"[n % 4]
            questions.append(
                {
                    "type": "single",
                    "category": topic,
                    "difficulty": 1 + n % 3,
                    "stem_vi": f"{topic}, câu {n}: đáp án nào đúng?",
                    "options": [{"id": one, "text_vi": f"Phương án {one} của câu {n}"} for one in "abcd"],
                    "answer": [right],
                    "explanation_vi": f"Vì {right} đúng.",
                }
            )
    page = await organiser.open("/import")
    file = json.dumps({"title": "Ngân hàng cuộc thi", "questions": questions}, ensure_ascii=False).encode()
    report = await organiser.send(page.form("/import").attach("ngan-hang.json", file))
    form = report.form("/import/confirm").fill("title", "Ngân hàng cuộc thi")
    made = await organiser.send(form)
    return int(made.url.split("?")[0].rsplit("/", 1)[1])


async def set_up(organiser: Browser, rule_set: RuleSet, bank_id: int) -> int:
    """Makes the draft and fills every tab in until the pages hold the rules; gives the contest's number."""
    page = await organiser.open("/contests/new")
    form = page.form("/contests").fill("title", rule_set.rules["title"]).fill("template", rule_set.template)
    first = datetime.fromtimestamp(rule_set.rules["rounds"][0]["opens_at"] / 1000, VIET_NAM)
    page = await organiser.send(form.fill("first_day", first.date().isoformat()))
    found = re.fullmatch(r"/contests/(\d+)/setup/general", page.url)
    assert found is not None, page.url
    contest_id = int(found[1])
    wanted = rule_set.expected(bank_id).model_dump(mode="json")
    tabs = [link for link in page.links if link.startswith(f"/contests/{contest_id}/setup/")]
    for path in dict.fromkeys(tabs):
        await _fill_tab(organiser, path, wanted)
    return contest_id


async def open_contest(organiser: Browser, contest_id: int, rule_set: RuleSet) -> Page:
    """Reads the regulation, then opens; the contest's page."""
    hub = await organiser.open(f"/contests/{contest_id}")
    assert f"/contests/{contest_id}/open" in hub.links
    rules = await organiser.open(f"/contests/{contest_id}/rules")
    for text in (rule_set.rules["title"], *rule_set.texts):
        assert text in rules.text, f"the regulation of {rule_set.name} does not say {text}"
    page = await organiser.open(f"/contests/{contest_id}/open")
    return await organiser.send(page.form(f"/contests/{contest_id}/open"))


async def _fill_tab(organiser: Browser, path: str, wanted: dict[str, Any]) -> None:
    page = await organiser.open(path)
    form = page.form(path)
    for switch in ("prediction", "collective"):
        if (box := form.named(switch)) and box[0].ticked != (wanted[switch] is not None):
            form.fill(switch, *(["1"] if wanted[switch] is not None else []))
            form = (await organiser.send(form)).form(path)
    if form.named("bank_id"):
        # Only then are its topics on offer.
        form = (await organiser.send(form.fill("bank_id", str(wanted["bank_id"])))).form(path)
    for rows in [one.name.removesuffix(".rows") for one in form.fields if one.name.endswith(".rows")]:
        form = await _rows(organiser, form, path, rows, len(_at(wanted, rows)))
    for chain in [one.name.removesuffix(".add") for one in form.fields if one.name.endswith(".add")]:
        form = await _chain(organiser, form, path, chain, _at(wanted, chain))
    for name in dict.fromkeys(
        one.name for one in form.fields if one.kind != "hidden" and not one.name.endswith(".add")
    ):
        if name not in ("prediction", "collective"):
            form.fill(name, *_typed(name.rsplit(".", 1)[-1], _at(wanted, name)))
    page = await organiser.send(form)
    assert 'class="badge"' not in _tab_of(page, path), f"{path} has problems: {_problems(page)}"


async def _rows(organiser: Browser, form: Form, path: str, rows: str, count: int) -> Form:
    while (there := _count(form, rows)) != count:
        act = f"{rows}:add" if there < count else f"{rows}:remove:{there - 1}"
        form = (await organiser.send(form, act)).form(path)
    return form


def _count(form: Form, rows: str) -> int:
    pattern = re.compile(re.escape(rows) + r"\.(\d+)\.")
    return len({found[1] for one in form.fields if (found := pattern.match(one.name))})


async def _chain(organiser: Browser, form: Form, path: str, chain: str, steps: list[str]) -> Form:
    def chosen() -> list[str]:
        return [one.value for one in form.fields if one.name == chain]

    while chosen() != steps[: len(chosen())]:
        form = (await organiser.send(form, f"{chain}:remove:{len(chosen()) - 1}")).form(path)
    for step in steps[len(chosen()) :]:
        form = (await organiser.send(form.fill(f"{chain}.add", step), f"{chain}:add")).form(path)
    return form


def _at(wanted: Any, name: str) -> Any:
    for part in name.split("."):
        wanted = wanted[int(part)] if isinstance(wanted, list) else wanted[part]
    return wanted


def _typed(name: str, value: Any) -> list[str]:
    """A setting as a Vietnamese official types it."""
    if value is None:
        return [""]
    if isinstance(value, bool):
        return ["1"] if value else []
    if name in ("opens_at", "closes_at"):
        return [datetime.fromtimestamp(value / 1000, VIET_NAM).strftime("%Y-%m-%dT%H:%M")]
    if name == "time_limit_s":
        return [f"{value // 60}:{value % 60:02d}" if value % 60 else str(value // 60)]
    if name == "value_vnd":
        return [f"{value:,}".replace(",", ".")]
    if name == "groups":
        return list(value)
    if isinstance(value, list):
        return ["; ".join(map(str, value))]
    return [str(value).replace(".", ",") if name == "min_rate" else str(value)]


def _tab_of(page: Page, path: str) -> str:
    found = re.search(rf'<a href="{re.escape(path)}".*?</a>', page.text, re.DOTALL)
    assert found is not None
    return found[0]


def _problems(page: Page) -> list[str]:
    return [text for text in re.findall(r'class="problem"[^>]*>([^<]+)<', page.text) if text.strip()]
