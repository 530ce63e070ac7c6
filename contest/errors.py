"""The refusals of the domain, one hierarchy, each with a stable code.

    Refused                      the request cannot be done; nothing has changed
    ├── NotFound                 the thing named does not exist (or is not yours to see)
    ├── Conflict                 the state of the thing does not allow it now
    ├── Invalid                  the input breaks a rule of the domain
    │   └── TooLarge             a limit on size, rows or ratio is exceeded
    └── Forbidden                you may not do this

A code is a catalogue key too: `error.<code>` in the locale files is the sentence people read, filled with `params`.
The two apps translate these to HTTP statuses and frames in one place; nothing here knows HTTP.
"""

from typing import Any


class Refused(Exception):
    """The request cannot be done and nothing has changed.

    `code` is stable and machine-readable; `params` fill the sentence of the catalogue entry `error.<code>`.
    """

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        return f"{self.code} {self.params}" if self.params else self.code


class NotFound(Refused):
    """The thing named does not exist."""


class Conflict(Refused):
    """The state of the thing does not allow this now."""


class Invalid(Refused):
    """The input breaks a rule of the domain."""


class TooLarge(Invalid):
    """A limit on size, rows or ratio is exceeded."""


class Forbidden(Refused):
    """The caller may not do this."""
