"""The regulation of a contest (thể lệ) as people read it, made from the settings, so that it cannot contradict them.

Never decides anything: what a sentence means exactly is in RULES.md. Knows no HTML and no page.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from contest.catalogue import text
from contest.provincial import regulation_prizes
from contest.provincial.regulation_parts import Section, Table
from contest.provincial.rules import ContestRules, FieldUse
from contest.provincial.windows import GRACE_MS
from contest.provincial.wording import closing, duration, number, opening, step_name

__all__ = ["Regulation", "Section", "Table", "regulation"]

_FIELDS = ("birth_date", "phone", "commune", "unit", "sex", "email", "address", "id_number")


@dataclass(frozen=True, slots=True)
class Regulation:
    """The whole text. Sections are numbered from 1 in the order given ("Điều 1. …")."""

    title: str
    heading: str
    organiser: str
    basis: tuple[str, ...]
    version: int | None
    sections: tuple[Section, ...]


def regulation(rules: ContestRules, lang: str, *, version: int | None = None, public_url: str = "") -> Regulation:
    """The regulation in that language; names that organisers gave stay as they wrote them.

    `version` None is a draft, and says so. `public_url` is where the contest is found, "" while nobody knows.
    """
    sections = (
        *_about(rules, lang, public_url),
        _people(rules, lang),
        _rounds(rules, lang),
        _form(rules, lang),
        _paper(rules, lang),
        _attempts(rules, lang),
        *_prediction(rules, lang),
        _order(rules, lang),
        *regulation_prizes.individual(rules, lang),
        *regulation_prizes.collective(rules, lang),
        _results(rules, lang),
        _complaints(rules, lang),
        _conduct(lang),
        _data(rules, lang),
        _closing(lang, version),
    )
    return Regulation(
        title=rules.title,
        heading=text(lang, "regulation.heading"),
        organiser=rules.organiser,
        basis=tuple(line for line in rules.basis.splitlines() if line.strip()),
        version=version,
        sections=sections,
    )


def _about(rules: ContestRules, lang: str, public_url: str) -> Iterator[Section]:
    said = [line for line in rules.about.splitlines() if line.strip()]
    if rules.organiser:
        said.append(text(lang, "regulation.about.organiser", organiser=rules.organiser))
    if public_url:
        said.append(text(lang, "regulation.about.where", url=public_url))
    if said:
        yield Section(text(lang, "regulation.about"), tuple(said))


def _people(rules: ContestRules, lang: str) -> Section:
    entry = rules.entry
    groups = entry.groups or tuple(dict.fromkeys(group for one in rules.audiences for group in one.groups))
    said = [text(lang, f"regulation.people.{entry.admission}")]
    if groups:
        names = "; ".join(text(lang, f"regulation.group.{group}") for group in groups)
        said.append(text(lang, "regulation.people.groups", groups=names))
    if entry.min_age is not None and entry.max_age is not None:
        said.append(text(lang, "regulation.people.ages", low=entry.min_age, high=entry.max_age))
    elif entry.min_age is not None:
        said.append(text(lang, "regulation.people.min_age", low=entry.min_age))
    elif entry.max_age is not None:
        said.append(text(lang, "regulation.people.max_age", high=entry.max_age))
    tables: tuple[Table, ...] = ()
    if rules.audiences:
        said.append(text(lang, "regulation.people.audiences"))
        rows = tuple(
            (one.name, "; ".join(text(lang, f"regulation.group.{group}") for group in one.groups))
            for one in rules.audiences
        )
        tables = (Table((text(lang, "regulation.audience"), text(lang, "regulation.audience.who")), rows),)
    said.append(text(lang, "regulation.people.excluded"))
    return Section(text(lang, "regulation.people"), tuple(said), tables)


def _rounds(rules: ContestRules, lang: str) -> Section:
    head = tuple(text(lang, f"regulation.rounds.{name}") for name in ("round", "opens", "closes"))
    rows = tuple((one.name, opening(lang, one.opens_at), closing(lang, one.closes_at)) for one in rules.rounds)
    said = (
        text(lang, "regulation.rounds.count", count=len(rules.rounds)),
        text(lang, "regulation.rounds.finish", limit=duration(lang, rules.time_limit_s * 1000)),
        text(lang, "regulation.rounds.clock"),
    )
    return Section(text(lang, "regulation.rounds"), said, (Table(head, rows),))


def _form(rules: ContestRules, lang: str) -> Section:
    entry = rules.entry
    uses = {name: getattr(entry, name) for name in _FIELDS}
    if entry.min_age is not None or entry.max_age is not None:
        uses["birth_date"] = FieldUse.REQUIRED
    said = []
    for use in (FieldUse.REQUIRED, FieldUse.OPTIONAL):
        names = [text(lang, f"regulation.field.{name}") for name in _FIELDS if uses[name] is use]
        if use is FieldUse.REQUIRED:
            names = [text(lang, "regulation.field.full_name"), *names]
        if names:
            said.append(text(lang, f"regulation.form.{use}", fields=", ".join(names)))
    said.append(text(lang, "regulation.form.once"))
    if uses["phone"] is not FieldUse.HIDDEN:
        many = entry.entries_per_phone > 1
        key = "regulation.form.phones" if many else "regulation.form.phone"
        said.append(text(lang, key, count=entry.entries_per_phone))
        if entry.confirm_phone:
            said.append(text(lang, "regulation.form.confirm"))
    if uses["birth_date"] is not FieldUse.HIDDEN:
        said.append(text(lang, "regulation.form.guardian"))
    said.append(text(lang, "regulation.form.truth"))
    return Section(text(lang, "regulation.form"), tuple(said))


def _paper(rules: ContestRules, lang: str) -> Section:
    paper = rules.blueprint
    said = [
        text(
            lang,
            "regulation.paper.with_prediction" if rules.prediction else "regulation.paper.questions",
            count=paper.questions,
            limit=duration(lang, rules.time_limit_s * 1000),
        )
    ]
    if paper.fixed_papers:
        said.append(text(lang, "regulation.paper.fixed", count=paper.fixed_papers))
    else:
        said.append(text(lang, "regulation.paper.drawn"))
    if any(one.bank_id is not None for one in rules.rounds):
        said.append(text(lang, "regulation.paper.own_banks"))
    shuffled = [name for name in ("questions", "options") if getattr(paper, f"shuffle_{name}")]
    if shuffled:
        said.append(text(lang, f"regulation.paper.shuffled.{'_'.join(shuffled)}"))
    said.append(
        text(lang, "regulation.paper.points", each=number(lang, paper.points_each), full=number(lang, paper.full_marks))
    )
    said.append(text(lang, "regulation.paper.time", grace=GRACE_MS // 1000))
    said.append(text(lang, "regulation.paper.kept"))
    tables: tuple[Table, ...] = ()
    if any(cell.category or cell.difficulty for cell in paper.cells):
        head = tuple(text(lang, f"regulation.paper.{name}") for name in ("category", "difficulty", "count"))
        rows = tuple(
            (
                _topic(lang, cell.category),
                text(lang, f"regulation.difficulty.{cell.difficulty or 'any'}"),
                number(lang, cell.count),
            )
            for cell in paper.cells
        )
        tables = (Table(head, rows),)
    return Section(text(lang, "regulation.paper"), tuple(said), tables)


def _topic(lang: str, category: str) -> str:
    """Its name when the catalogue has one; organisers' own topics are named as they wrote them."""
    if not category:
        return text(lang, "regulation.paper.any")
    key = f"category.{category}"
    named = text(lang, key)
    return category if named == key else named


def _attempts(rules: ContestRules, lang: str) -> Section:
    quota = rules.quota
    said = [
        text(lang, f"regulation.attempts.{name}", count=number(lang, count))
        for name, count in (("per_day", quota.per_day), ("per_round", quota.per_round), ("total", quota.total))
        if count is not None
    ]
    if not said:
        said.append(text(lang, "regulation.attempts.free"))
    said.append(text(lang, "regulation.attempts.belongs"))
    said.append(text(lang, "regulation.attempts.one_at_a_time"))
    return Section(text(lang, "regulation.attempts"), tuple(said))


def _prediction(rules: ContestRules, lang: str) -> Iterator[Section]:
    asked = rules.prediction
    if asked is None:
        return
    scope = rules.ranking.window.value if asked.scope == "window" else asked.scope
    over = text(lang, f"regulation.prediction.over.{scope}")
    said = [asked.text] if asked.text else []
    said.append(text(lang, f"regulation.prediction.{asked.kind}", over=over))
    said.append(text(lang, "regulation.prediction.truth"))
    said.append(text(lang, "regulation.prediction.required" if asked.required else "regulation.prediction.free"))
    said.append(text(lang, "regulation.prediction.secret"))
    yield Section(text(lang, "regulation.prediction"), tuple(said))


def _order(rules: ContestRules, lang: str) -> Section:
    ranking = rules.ranking
    said = [
        text(lang, f"regulation.order.window.{ranking.window}"),
        text(lang, f"regulation.order.keep.{ranking.keep}"),
    ]
    if ranking.complete_only:
        key = "regulation.order.complete_predicted" if rules.prediction else "regulation.order.complete"
        said.append(text(lang, key))
    if rules.audiences:
        said.append(text(lang, "regulation.order.audiences"))
    said.append(text(lang, "regulation.order.chain"))
    said += [
        text(lang, "regulation.order.step", number=place, step=text(lang, f"regulation.step.{step}"))
        for place, step in enumerate(ranking.chain, start=1)
    ]
    said.append(text(lang, "regulation.order.tied", steps=", ".join(step_name(lang, one) for one in ranking.chain)))
    if ranking.overall != "none":
        said.append(text(lang, f"regulation.order.overall.{ranking.overall}"))
    return Section(text(lang, "regulation.order"), tuple(said))


def _results(rules: ContestRules, lang: str) -> Section:
    ranking = rules.ranking
    said = [text(lang, f"regulation.results.{rules.result}"), text(lang, "regulation.results.key")]
    said.append(text(lang, f"regulation.results.board.{ranking.board}"))
    if ranking.board == "open" and ranking.freeze_minutes:
        limit = duration(lang, ranking.freeze_minutes * 60_000)
        said.append(text(lang, "regulation.results.frozen", limit=limit))
    said += [text(lang, f"regulation.results.{name}") for name in ("reckoned", "two_people", "names")]
    return Section(text(lang, "regulation.results"), tuple(said))


def _complaints(rules: ContestRules, lang: str) -> Section:
    days = rules.complaint_days
    key = "regulation.complaints.days" if days else "regulation.complaints.none"
    said = [text(lang, key, count=days)]
    if days:
        said.append(text(lang, "regulation.complaints.how"))
    said.append(text(lang, "regulation.complaints.effect"))
    return Section(text(lang, "regulation.complaints"), tuple(said))


def _conduct(lang: str) -> Section:
    said = tuple(text(lang, f"regulation.conduct.{name}") for name in ("forbidden", "looked_at", "void"))
    return Section(text(lang, "regulation.conduct"), said)


def _data(rules: ContestRules, lang: str) -> Section:
    said = [text(lang, "regulation.data.purpose")]
    optional = [one.purpose for one in rules.entry.consents if not one.required]
    if optional:
        names = "; ".join(text(lang, f"regulation.consent.{purpose}") for purpose in optional)
        said.append(text(lang, "regulation.data.consents", consents=names))
    said += [text(lang, f"regulation.data.{name}") for name in ("minors", "rights")]
    return Section(text(lang, "regulation.data"), tuple(said))


def _closing(lang: str, version: int | None) -> Section:
    if version is None:
        said = [text(lang, "regulation.closing.draft")]
    else:
        said = [text(lang, "regulation.closing.version", version=version)]
    said += [text(lang, "regulation.closing.changes"), text(lang, "regulation.closing.log")]
    return Section(text(lang, "regulation.closing"), tuple(said))
