"""What an export says about itself: which round, played by which rules, and how a copy can be checked.

Never holds results; those are in the other tables.
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from admin.export_data import Gathered
from admin.export_tables import Column, Kind, Table
from admin.export_words import Words
from contest.model import Mode

Item = tuple[str, tuple[Kind, Any]]


def about(gathered: Gathered, words: Words, exported_at: int) -> Table:
    """The table of names and values. `exported_at` is UTC ms."""
    columns = (
        Column("item", words.text("column.item"), Kind.TEXT, 34),
        Column("value", words.text("column.value"), Kind.ANY, 90),
    )
    items = [*_round(gathered, words, exported_at), *_rules(gathered, words), *_proof(gathered, words)]
    rows = [(key if words.codes else words.text(f"about.{key}"), value) for key, value in items]
    return Table("about", words.text("table.about"), columns, lambda: rows, fits=True)


def _round(gathered: Gathered, words: Words, exported_at: int) -> list[Item]:
    record = gathered.record
    items: list[Item] = [
        ("title", (Kind.WRAPPED, record.title)),
        ("code", (Kind.TEXT, record.code)),
        ("round", (Kind.TEXT, str(record.id))),
        ("quiz", (Kind.TEXT, None if record.quiz_id is None else str(record.quiz_id))),
        ("phase", (Kind.TEXT, words.say("phase", record.state.phase.value))),
        ("status", (Kind.TEXT, words.say("status", "final" if gathered.final else "provisional"))),
        ("created_at", (Kind.MOMENT, record.created_at)),
        ("started_at", (Kind.MOMENT, record.started_at)),
        ("finished_at", (Kind.MOMENT, record.finished_at)),
        ("exported_at", (Kind.MOMENT, exported_at)),
        ("people", (Kind.WHOLE, len(gathered.standings))),
        ("sent_out", (Kind.WHOLE, len(gathered.sent_out))),
        ("questions", (Kind.WHOLE, len(record.questions))),
        ("asked", (Kind.WHOLE, gathered.asked)),
        ("judged", (Kind.WHOLE, gathered.judged)),
    ]
    voided = record.state.voided
    listed = ", ".join(str(number) for number in voided) or words.text("none.none")
    return [*items, ("voided", (Kind.TEXT, list(voided) if words.codes else listed))]


def _scoring(gathered: Gathered, words: Words) -> list[Item]:
    settings = gathered.record.settings
    if settings.mode is not Mode.DUEL:
        return [("scoring", (Kind.WRAPPED, words.say("scoring", settings.scoring.value)))]
    to = settings.duel_points
    return [
        ("scoring", (Kind.WRAPPED, words.say("duel", settings.duel.value))),
        ("duel_points", (Kind.WHOLE, to) if to else (Kind.TEXT, words.say("duel_points", "all"))),
        ("duel_penalty", (Kind.WHOLE, settings.duel_penalty)),
    ]


def _rules(gathered: Gathered, words: Words) -> list[Item]:
    settings = gathered.record.settings
    seconds = settings.seconds
    return [
        ("mode", (Kind.TEXT, words.say("mode", settings.mode.value))),
        *_scoring(gathered, words),
        ("streak_bonus", (Kind.TEXT, words.say("switch", "on" if settings.streak_bonus else "off"))),
        ("fairness", (Kind.WRAPPED, words.say("fairness", settings.fairness.value))),
        ("reading_seconds", (Kind.WHOLE, settings.reading_seconds)),
        ("seconds", (Kind.WHOLE, seconds) if seconds else (Kind.TEXT, words.say("seconds", "own"))),
        ("shuffle", (Kind.TEXT, words.say("switch", "on" if settings.shuffle else "off"))),
        ("standings_rule", (Kind.WRAPPED, words.text("rule.standings"))),
        ("time_rule", (Kind.WRAPPED, words.text("rule.time"))),
        ("partial_rule", (Kind.WRAPPED, words.text("rule.partial"))),
        ("turnout_rule", (Kind.WRAPPED, words.text("rule.turnout"))),
        ("rules_version", (Kind.TEXT, _version())),
    ]


def _proof(gathered: Gathered, words: Words) -> list[Item]:
    differing = gathered.differing
    checked = words.text("recount.same") if not differing else words.text("recount.differs", count=differing)
    return [
        ("answers", (Kind.WHOLE, gathered.total_answers)),
        ("recount", (Kind.WRAPPED, checked)) if not words.codes else ("recount_differs", (Kind.WHOLE, differing)),
        ("sha256", (Kind.TEXT, gathered.sha256)),
        ("sha256_of", (Kind.WRAPPED, words.text("rule.sha256"))),
    ]


def _version() -> str:
    try:
        return f"hoithi {version('hoithi')}"
    except PackageNotFoundError:
        return "hoithi"
