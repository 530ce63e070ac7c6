"""What a column may hold, and how long it may stay: the words of the data map.

Never says it of a column: `data_map` does.
"""

from enum import StrEnum


class Kind(StrEnum):
    """What a column holds, from harmless to secret."""

    FACT = "fact"
    """No person can be seen in it."""
    STAFF = "staff"
    """Names an organiser's account or what they did."""
    LINK = "link"
    """A pseudonym: a number or keyed hash that leads to a person only with other tables or the key."""
    PERSONAL = "personal"
    """Tells something about a participant in the clear, or sealed."""
    SECRET = "secret"
    """A hash of something that lets somebody in."""


class Rule(StrEnum):
    """How long a column stays; `retention.RULES` says what each means."""

    KEPT = "kept"
    """As long as the thing it belongs to."""
    PERSON = "person"
    """Until the person is erased: on request, or when the purpose has ended."""
    TRACE = "trace"
    """Signals against cheating: until some time after the final result."""
    SESSION = "session"
    CODE = "code"
    COMPLAINT = "complaint"
    EXCLUSION = "exclusion"
    REQUEST = "request"
    CONSENT = "consent"
    """Proof of what was agreed to; without the person's row nobody can be seen in it."""
    LIVE = "live"
    """Nicknames of a live round: with the round."""
    MEMBER = "member"
    """Members of the community digital technology teams: until some time after they left."""
    OFFICE = "office"
    """Staff's own data and the record of their acts, at least twelve months."""


Columns = dict[str, dict[tuple[Kind, Rule], str]]
"""Table → what its columns are → their names."""
