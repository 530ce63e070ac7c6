"""What schemathesis is told of the platform (`SCHEMATHESIS_HOOKS`): names of things that exist, and no stray cookies.

Never hides an answer: every one is still checked.
"""

import json
import os
import random
from typing import Any

import schemathesis

SEED = int(os.environ.get("API_FUZZ_SEED", "1"))
KNOWN: dict[str, list[Any]] = json.loads(os.environ.get("API_FUZZ_KNOWN", "{}"))
COOKIE = os.environ.get("API_FUZZ_COOKIE", "")
_rng = random.Random(SEED)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Half the time what is asked for exists. A made-up session would turn away what the token lets in."""
    del context, kwargs
    case.cookies = dict([COOKIE.split("=", 1)]) if COOKIE else {}
    for name in case.path_parameters or {}:
        known = KNOWN.get(name) or KNOWN.get("*_id" if name.endswith("_id") else "")
        if known and _rng.random() < 0.5:
            case.path_parameters[name] = _rng.choice(known)
    if case.query and "wait" in case.query:
        case.query["wait"] = 0
