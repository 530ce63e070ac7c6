"""How public pages say numbers, moments and names: `contest.provincial.wording` in one language, and a little more.

Never holds a sentence: those are in the catalogue.
"""

from datetime import UTC, date, datetime
from functools import partial

from contest.catalogue import text
from contest.provincial import wording
from contest.provincial.local_time import local_datetime, local_day
from contest.provincial.rules import ContestRules


class Wording:
    """The words of one language; `t` is the catalogue."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.t = partial(text, lang)
        self.number = partial(wording.number, lang)
        self.money = partial(wording.money, lang)
        self.opens = partial(wording.opening, lang)
        self.closes = partial(wording.closing, lang)

    def count(self, value: int, *, rounded: bool) -> str:
        """A number of people or papers; "130+" when it was rounded down."""
        if not rounded:
            return self.number(value)
        if value == 0:
            return self.t("public.fewer_than_ten")
        return self.t("public.at_least", count=self.number(value))

    def percent(self, part: int, whole: int) -> str:
        """62,5 %: one digit behind the comma."""
        shown = f"{part * 100 / whole:.1f}"
        return f"{shown if self.lang == 'en' else shown.replace('.', ',')} %"

    def day(self, iso: str) -> str:
        """16/9/2026 of "2026-09-16"."""
        return wording.day(date.fromisoformat(iso))

    def clock(self, at_ms: int) -> str:
        """07:30, in Viet Nam's time."""
        return local_datetime(at_ms).strftime("%H:%M")

    def local_day(self, at_ms: int) -> str:
        """The day of a moment as "2026-11-22"."""
        return local_day(at_ms)

    def duration(self, ms: int) -> str:
        """04:32,150: minutes, seconds, thousandths, so that a column can be compared at a glance."""
        seconds, rest = divmod(ms, 1000)
        mark = "." if self.lang == "en" else ","
        return f"{seconds // 60:02}:{seconds % 60:02}{mark}{rest:03}"

    def window(self, rules: ContestRules, key: str) -> str:
        """The name of a ranking."""
        return wording.ranking_name(rules, key, self.lang)

    def audience(self, rules: ContestRules, key: str) -> str:
        """The name of an audience, "" for none."""
        return next((one.name for one in rules.audiences if one.key == key), "")

    def group(self, key: str) -> str:
        """The name of a target group."""
        return self.t(f"group.{key}")


def iso(at_ms: int) -> str:
    """A moment for machines."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
