"""The roles of staff.

Never says what a role may do: that is the table in `admin.permissions`.
"""

from enum import StrEnum


class Role(StrEnum):
    """What a member of staff is trusted with; each role includes what the ones before it may."""

    HOST = "host"
    ORGANISER = "organiser"
    ADMINISTRATOR = "administrator"
