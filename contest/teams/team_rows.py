"""Rows of a list of teams: which columns it has, and what one row says.

Pure. Never looks anything up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from contest.errors import Invalid
from contest.provincial.entry_form import Wrong, person_name
from contest.provincial.import_rows import code_or_fold, phone_in, told
from contest.provincial.sheet_reading import Line
from contest.teams.model import MemberRole, TeamKind
from contest.teams.teams import MAX_NAME, team_name
from scoring.folding import fold, nfc

NEEDED = ("commune", "team")
COLUMNS = ("commune", "team", "kind", "villages", "full_name", "phone", "role")
HEADINGS = {
    "kind": r"loai(?: to| doi)?|kind|type",
    "villages": r"(?:cac )?(?:thon|buon|to dan pho|tdp|dia ban)(?: .*)?|villages?",
    "role": r"vai tro|chuc (?:vu|danh)|nhiem vu|role",
    "team": r"(?:ten )?(?:to|doi)(?: (?:cong nghe so|cnscd).*| thanh nien.*)?|team(?: name)?",
}
_KINDS = {
    "": TeamKind.COMMUNITY, "cong dong": TeamKind.COMMUNITY, "to cong nghe so": TeamKind.COMMUNITY,
    "to cong nghe so cong dong": TeamKind.COMMUNITY, "community": TeamKind.COMMUNITY, "to": TeamKind.COMMUNITY,
    "thanh nien": TeamKind.YOUTH, "doi thanh nien": TeamKind.YOUTH, "doan thanh nien": TeamKind.YOUTH,
    "doi thanh nien tinh nguyen": TeamKind.YOUTH, "youth": TeamKind.YOUTH, "doi": TeamKind.YOUTH,
}  # fmt: skip
_ROLES = {
    "": MemberRole.MEMBER, "thanh vien": MemberRole.MEMBER, "to vien": MemberRole.MEMBER, "doi vien": MemberRole.MEMBER,
    "member": MemberRole.MEMBER, "to pho": MemberRole.MEMBER, "doi pho": MemberRole.MEMBER,
    "to truong": MemberRole.LEADER, "doi truong": MemberRole.LEADER, "truong": MemberRole.LEADER,
    "leader": MemberRole.LEADER,
}  # fmt: skip
_BETWEEN = re.compile(r"[;,\n]")


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One row, read: `name` is None where only a team is named."""

    line: Line
    commune: str
    team: str
    kind: TeamKind
    villages: tuple[str, ...]
    name: str | None
    phone: str | None
    role: MemberRole


def read_row(line: Line, communes: Mapping[str, str], *, restore_zero: bool) -> TeamRow:
    """The row, its commune looked up in `communes`. Raises Wrong."""
    commune = told(communes, code_or_fold(line.get("commune")), "commune_unknown")
    if commune is None:
        raise Wrong("commune_unknown")
    try:
        team = team_name(line.get("team"))
    except Invalid:
        raise Wrong("team_name", limit=MAX_NAME) from None
    kind = _KINDS.get(fold(line.get("kind")))
    if kind is None:
        raise Wrong("team_kind")
    role = _ROLES.get(fold(line.get("role")))
    if role is None:
        raise Wrong("team_role")
    listed = tuple(nfc(part)[:MAX_NAME] for part in _BETWEEN.split(line.get("villages")) if fold(part))
    name = person_name(line.get("full_name")) if line.get("full_name") else None
    phone = phone_in(line.get("phone"), restore_zero=restore_zero)
    if name is None and phone is not None:
        raise Wrong("name_short")
    return TeamRow(line, commune, team, kind, listed, name, phone, role)
