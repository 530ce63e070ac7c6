"""The articles on prizes of the readable regulation. Never reckons who wins them."""

from collections.abc import Iterator

from contest.catalogue import text
from contest.provincial.regulation_parts import Section, Table
from contest.provincial.rules import Collective, ContestRules, Formula, Prize
from contest.provincial.windows import windows_of
from contest.provincial.wording import money, number


def individual(rules: ContestRules, lang: str) -> Iterator[Section]:
    """The article on individual prizes; none without prizes."""
    if not rules.prizes:
        return
    windows = len(windows_of(rules))
    audiences = {one.key: one.name for one in rules.audiences}
    names = ["prize", "scope", *(["audience"] if audiences else []), "count", "value"]
    rows = []
    for prize in rules.prizes:
        row = [prize.name, _scope(rules, prize, lang)]
        if audiences:
            row.append(audiences[prize.audience] if prize.audience else text(lang, "regulation.prizes.each_audience"))
        row += [number(lang, prize.count), money(lang, prize.value_vnd)]
        rows.append(tuple(row))
    if not any(prize.value_vnd for prize in rules.prizes):
        names, rows = names[:-1], [row[:-1] for row in rows]
    said = []
    if windows > 1 and any(prize.scope == "window" for prize in rules.prizes):
        said.append(text(lang, "regulation.prizes.windows", count=windows))
    said.append(text(lang, "regulation.prizes.one" if rules.one_prize else "regulation.prizes.several"))
    if rules.one_prize and windows > 1 and sum(prize.scope == "window" for prize in rules.prizes) > 1:
        said.append(text(lang, "regulation.prizes.one_at_the_end"))
    said += [
        text(lang, "regulation.prizes.min_score", prize=prize.name, score=number(lang, prize.min_score))
        for prize in rules.prizes
        if prize.min_score
    ]
    said.append(text(lang, "regulation.prizes.vacant"))
    head = tuple(text(lang, f"regulation.prizes.{name}") for name in names)
    yield Section(text(lang, "regulation.prizes"), tuple(said), (Table(head, tuple(rows)),))


def collective(rules: ContestRules, lang: str) -> Iterator[Section]:
    """The article on prizes for units; none without them."""
    rule = rules.collective
    if rule is None:
        return
    unit = text(lang, f"regulation.collective.by.{rule.by}")
    said = [text(lang, "regulation.collective.who", unit=unit)]
    said += [text(lang, key, **more) for key, more in _formula(rules, rule, lang)]
    said.append(text(lang, "regulation.collective.struck"))
    said.append(text(lang, "regulation.collective.tied"))
    names = ["prize", "count", "value"]
    rows = [(one.name, number(lang, one.count), money(lang, one.value_vnd)) for one in rule.levels]
    valued = any(one.value_vnd for one in rule.levels)
    head = tuple(text(lang, f"regulation.prizes.{name}") for name in names[: 3 if valued else 2])
    table = Table(head, tuple(row[: len(head)] for row in rows))
    yield Section(text(lang, "regulation.collective"), tuple(said), (table,))


def _scope(rules: ContestRules, prize: Prize, lang: str) -> str:
    if prize.scope == "overall":
        return text(lang, "regulation.prizes.scope.overall")
    return text(lang, f"regulation.prizes.scope.{rules.ranking.window}")


def _formula(rules: ContestRules, rule: Collective, lang: str) -> Iterator[tuple[str, dict[str, str]]]:
    yield f"regulation.collective.{rule.formula}", {}
    if rule.formula is Formula.PARTICIPANTS:
        return
    yield "regulation.collective.denominator", {}
    if rule.min_rate:
        rate = f"{rule.min_rate.normalize():f}"
        yield "regulation.collective.min_rate", {"rate": rate.replace(".", ",") if lang == "vi" else rate}
    if rule.formula is Formula.POINTS:
        added = [
            f"{prize.name}: {number(lang, points)}"
            for prize, points in zip(rules.prizes, rule.prize_points, strict=False)
        ]
        if added:
            yield "regulation.collective.prize_points", {"points": "; ".join(added)}
