"""How the values of a contest are said in a sentence: sums, moments, durations, names of rankings, steps of the order.

Holds no words of its own: those are in the catalogue. Never formats for machines.
"""

from datetime import date, timedelta
from fractions import Fraction

from contest import catalogue
from contest.provincial.local_time import DAY_MS, local_date, local_datetime, week_bounds
from contest.provincial.prizes import Explanation, Value
from contest.provincial.rules import ContestRules, WindowKind
from contest.provincial.windows import COLLECTIVE, CONTEST, OVERALL

_MARKS = {"vi": (".", ","), "en": (",", ".")}


def number(lang: str, value: int) -> str:
    """Groups of three: 1.500.000 in Vietnamese, 1,500,000 in English."""
    return f"{value:,}".replace(",", _MARKS.get(lang, _MARKS["vi"])[0])


def exact(lang: str, value: Fraction) -> str:
    """A gap or truth: whole as it is, otherwise with five decimals."""
    if value.denominator == 1:
        return number(lang, value.numerator)
    whole, _, decimals = f"{float(value):,.5f}".partition(".")
    groups, point = _MARKS.get(lang, _MARKS["vi"])
    return whole.replace(",", groups) + point + decimals


def money(lang: str, vnd: int) -> str:
    """1.500.000 đồng; "" for nothing, which means that the value is not said."""
    return catalogue.text(lang, "wording.money", amount=number(lang, vnd)) if vnd else ""


def day(value: date) -> str:
    """16/9/2025, as both languages write it here."""
    return f"{value.day}/{value.month}/{value.year}"


def opening(lang: str, ms: int) -> str:
    """A moment at which something begins: 07 giờ 30 ngày 16/9/2025."""
    moment = local_datetime(ms)
    return catalogue.text(lang, "wording.moment", hour=f"{moment:%H}", minute=f"{moment:%M}", day=day(moment.date()))


def closing(lang: str, ms: int) -> str:
    """A moment at which something ends; midnight is 24 giờ of the day before, as people say it."""
    moment = local_datetime(ms)
    if (moment.hour, moment.minute) != (0, 0):
        return opening(lang, ms)
    return catalogue.text(lang, "wording.moment", hour="24", minute="00", day=day(local_date(ms - DAY_MS)))


def duration(lang: str, ms: int) -> str:
    """10 phút, 7 phút 30 giây, 45,250 giây: as exact as it is."""
    minutes, left = divmod(ms, 60_000)
    parts = [catalogue.text(lang, "wording.minutes", count=minutes)] if minutes else []
    if left or not minutes:
        seconds = str(left // 1000)
        if left % 1000:
            seconds += f"{_MARKS.get(lang, _MARKS['vi'])[1]}{left % 1000:03d}"
        parts.append(catalogue.text(lang, "wording.seconds", count=seconds))
    return " ".join(parts)


def ranking_name(rules: ContestRules, key: str, lang: str) -> str:
    """What a ranking or scope is called: a round's own name, the days of a week, the whole contest, …

    The key itself when the rules do not know it.
    """
    if key in (CONTEST, OVERALL, COLLECTIVE):
        return catalogue.text(lang, f"wording.ranking.{key}")
    if rules.ranking.window is WindowKind.WEEK and "-W" in key:
        first = local_date(week_bounds(key)[0])
        return catalogue.text(lang, "wording.ranking.week", first=day(first), last=day(first + timedelta(days=6)))
    return next((one.name for one in rules.rounds if one.key == key), key)


def step_name(lang: str, step: str) -> str:
    """A step of the order of rank as a short phrase; "decision" is one too."""
    return catalogue.text(lang, f"wording.step.{step}")


def step_value(lang: str, step: str, value: Value) -> str:
    """A value that a step compared, as people read it."""
    if value is None:
        return catalogue.text(lang, "wording.value.unlisted" if step == "decision" else "wording.value.none")
    if isinstance(value, bool):
        return catalogue.text(lang, "wording.value.yes" if value else "wording.value.no")
    if isinstance(value, Fraction):
        return exact(lang, value)
    if step == "duration":
        return duration(lang, value)
    if step in ("submitted", "started"):
        moment = local_datetime(value)
        return f"{moment:%H:%M:%S}.{value % 1000:03d} {day(moment.date())}"
    return number(lang, value)


def reason_of(lang: str, why: Explanation) -> str:
    """Why one stands above the other, in one sentence without names."""
    equal = ", ".join(step_name(lang, step) for step in dict.fromkeys(why.before))
    if why.step is None:
        return catalogue.text(lang, "wording.why.tied", equal=equal)
    return catalogue.text(
        lang,
        "wording.why.after" if equal else "wording.why.first",
        equal=equal,
        step=step_name(lang, why.step),
        above=step_value(lang, why.step, why.value_above),
        below=step_value(lang, why.step, why.value_below),
    )
