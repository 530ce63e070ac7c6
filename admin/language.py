"""Which language a request is answered in.

Never holds words: those are in the catalogue.
"""

from starlette.requests import HTTPConnection

from contest.catalogue import DEFAULT, LANGUAGES

COOKIE = "hoithi_lang"


def language_of(connection: HTTPConnection) -> str:
    """The chosen language; for programs the Accept-Language header; Vietnamese otherwise."""
    chosen = connection.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    if "cookie" not in connection.headers and "authorization" in connection.headers:
        wanted = connection.headers.get("accept-language", "")[:2].lower()
        if wanted in LANGUAGES:
            return wanted
    return DEFAULT
