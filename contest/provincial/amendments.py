"""What may still change in the rules of an open contest.

Never touches SQL: whether there are attempts or published results is told. The guiding thought: nobody's finished
attempt may be made under one rule and judged under another that it could not meet, and nothing that was published
changes without going back through verification.
"""

from contest.provincial.drafts import Problem
from contest.provincial.rules import ContestRules


def refused(
    old: ContestRules,
    new: ContestRules,
    *,
    now_ms: int,
    has_attempts: bool,
    has_published: bool,
    used_keys: frozenset[str] = frozenset(),
) -> tuple[Problem, ...]:
    """Why `new` may not follow `old`, by field; empty when it may.

    A round that has begun keeps its opening and stays in the list; it may be lengthened or shortened until it has
    closed, but not into the past; new rounds open in the future, under keys that no earlier version has used
    (`used_keys`). From the first opening on: the paper and the banks of rounds that are there. Once somebody has
    started: also the time limit, the prediction and the ranking windows. Once a result is published: everything that
    winners are reckoned from.
    """
    found: list[Problem] = [*_rounds(old, new, now_ms, used_keys)]
    if has_attempts or old.rounds[0].opens_at <= now_ms:
        if banks_changed(old, new):
            found.append(Problem("bank_id", "change_bank_frozen"))
        if old.blueprint != new.blueprint:
            found.append(Problem("blueprint", "change_after_attempts" if has_attempts else "change_bank_frozen"))
    if has_attempts:
        if old.time_limit_s != new.time_limit_s:
            found.append(Problem("time_limit_s", "change_after_attempts"))
        if _asked(old) != _asked(new):
            found.append(Problem("prediction", "change_after_attempts"))
        if old.ranking.window != new.ranking.window:
            found.append(Problem("ranking.window", "change_after_attempts"))
    if has_published:
        found += [
            Problem(name, "change_after_publication")
            for name in ("rounds", "ranking", "audiences", "prizes", "one_prize", "collective")
            if _reckoned(old, name) != _reckoned(new, name)
        ]
    return tuple(dict.fromkeys(found))


def banks_changed(old: ContestRules, new: ContestRules) -> bool:
    """Whether a round that both versions have would draw from another bank."""
    before = {one.key: one.bank_id if one.bank_id is not None else old.bank_id for one in old.rounds}
    return any(
        one.key in before and before[one.key] != (one.bank_id if one.bank_id is not None else new.bank_id)
        for one in new.rounds
    )


def papers_changed(old: ContestRules, new: ContestRules) -> bool:
    """Whether what was frozen for `old` no longer serves `new`."""
    return old.blueprint != new.blueprint or banks_changed(old, new)


def _rounds(old: ContestRules, new: ContestRules, now_ms: int, used_keys: frozenset[str]) -> list[Problem]:
    found = []
    before = {one.key: one for one in old.rounds}
    after = {one.key for one in new.rounds}
    for one in old.rounds:
        if one.opens_at <= now_ms and one.key not in after:
            found.append(Problem("rounds", "round_began"))
    for place, one in enumerate(new.rounds):
        known = before.get(one.key)
        path = f"rounds.{place}"
        if known is None:
            if one.opens_at < now_ms:
                found.append(Problem(f"{path}.opens_at", "round_in_the_past"))
            if one.key in used_keys:
                found.append(Problem(f"{path}.key", "round_key_used"))
            continue
        if one.opens_at != known.opens_at:
            if known.opens_at <= now_ms:
                found.append(Problem(f"{path}.opens_at", "round_began"))
            elif one.opens_at < now_ms:
                found.append(Problem(f"{path}.opens_at", "round_in_the_past"))
        if one.closes_at != known.closes_at:
            if known.closes_at <= now_ms:
                found.append(Problem(f"{path}.closes_at", "round_ended"))
            elif one.closes_at < now_ms:
                found.append(Problem(f"{path}.closes_at", "round_in_the_past"))
    return found


def _asked(rules: ContestRules) -> object:
    asked = rules.prediction
    return None if asked is None else (asked.kind, asked.scope, asked.required)


def _reckoned(rules: ContestRules, name: str) -> object:
    if name == "rounds":
        return [(one.key, one.opens_at, one.closes_at) for one in rules.rounds]
    return getattr(rules, name)
