"""Who saved a draft last, so that a page that saves twice in a row does not stand in its own way.

Kept in memory only: after a restart the next save is checked by its version alone. Never lets one page overwrite
another's work.
"""

from dataclasses import dataclass, field

from starlette.requests import Request


@dataclass(slots=True)
class Editors:
    """By contest: the page that saved last, the version it began from, and the version it left."""

    last: dict[int, tuple[str, int, int]] = field(default_factory=dict)

    def current(self, contest_id: int, nonce: str, version: int, stored: int) -> int:
        """The version the save is made from: `stored` when every save since `version` was this page's own.

        A page may send its next save before it has read the answer to the one before.
        """
        known, begun, left = self.last.get(contest_id, ("", 0, 0))
        own = nonce and nonce == known and left == stored and begun <= version
        return stored if own else version

    def saved(self, contest_id: int, nonce: str, expected: int) -> None:
        """Notes that this page made version `expected` + 1."""
        known, begun, left = self.last.get(contest_id, ("", 0, 0))
        begun = begun if (known, left) == (nonce, expected) else expected
        if nonce:
            self.last[contest_id] = (nonce, begun, expected + 1)
        else:
            self.last.pop(contest_id, None)


def editors_of(request: Request) -> Editors:
    """The one of this app."""
    state = request.app.state
    if not hasattr(state, "contest_editors"):
        state.contest_editors = Editors()
    editors: Editors = state.contest_editors
    return editors
