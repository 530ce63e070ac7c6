"""The rule of fair time on a page that people can read: what is measured, what is taken off, by how much at most.

Every number on it comes from `scoring.fairtime` itself, the examples too, so the page cannot say anything else than
what is done. Holds no sentence and shows nothing of anybody.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from realtime.assets import Asset
from realtime.entrants.templating import CACHE, language_of, render
from scoring.fairtime import (
    BASE_SAMPLES,
    FLAT_TOP_MS,
    PRESETS,
    Evidence,
    bucket_start,
    credit,
    photo_finish_ms,
)

router = APIRouter(include_in_schema=False)

_THOUGHT_MS = 3_000.0
EXAMPLES: Mapping[str, Evidence] = {
    "near": Evidence(3_040, 40, 40, 60, _THOUGHT_MS, 0),
    "far": Evidence(3_420, 410, 430, 700, _THOUGHT_MS, 0),
    "burst": Evidence(3_340, 120, 130, 300, _THOUGHT_MS, 0),
    "lie": Evidence(3_040, 40, 40, 60, 500, 0),
    "gap": Evidence(8_000, 120, 130, 300, _THOUGHT_MS, 0),
}
"""One answer each; the bucket is what a seat begins with under the preset shown."""
PHOTO_QUESTIONS = (10, 20, 30)


def seconds(lang: str, ms: float) -> str:
    """2,95 of 2950."""
    shown = f"{ms / 1000:.2f}"
    return shown if lang == "en" else shown.replace(".", ",")


def context(lang: str) -> dict[str, Any]:
    """What the page's template is filled with."""

    def say(ms: float) -> str:
        return seconds(lang, ms)

    presets = [
        {
            "name": fairness.value,
            "cap": say(preset.cap_with_kernel_ms),
            "cap_hidden": say(preset.cap_without_kernel_ms),
            "start": say(preset.bucket_start_ms),
            "gain": say(preset.bucket_gain_ms),
            "most": say(preset.bucket_max_ms),
        }
        for fairness, preset in PRESETS.items()
    ]
    examples = []
    for name, evidence in EXAMPLES.items():
        outcomes = []
        for preset in PRESETS.values():
            given = replace(evidence, bucket_ms=bucket_start(preset))
            outcomes.append(say(credit(preset, given).fair_ms))
        examples.append(
            {
                "name": name,
                "elapsed": say(evidence.elapsed_ms),
                "trip": say(evidence.rtt_ms or 0),
                "claimed": say(evidence.think_ms or 0),
                "fair": outcomes,
            }
        )
    return {
        "presets": presets,
        "examples": examples,
        "flat": say(FLAT_TOP_MS),
        "samples": BASE_SAMPLES,
        "longest": say(max(preset.longest_cap_ms for preset in PRESETS.values())),
        "thought": say(_THOUGHT_MS),
        "photo": [(count, say(photo_finish_ms(count))) for count in PHOTO_QUESTIONS],
    }


@router.get("/fair")
async def fair(request: Request) -> Response:
    """How the time of an answer is reckoned."""
    content = render(request, "fair.html", context(language_of(request)))
    return Asset.of(content.encode(), "page.html").response(request, cache=CACHE)
