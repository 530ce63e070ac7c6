"""The page about fair time: complete in both languages, with the program's own numbers, without any script's help."""

import re

import httpx
import pytest

from realtime.pages_fair import EXAMPLES, seconds
from scoring.fairtime import PRESETS
from tests.realtime.conftest import Stack


async def test_the_rule_can_be_read_in_both_languages_with_the_programs_own_numbers(stack: Stack) -> None:
    server = await stack.start()
    async with httpx.AsyncClient(base_url=server.url) as client:
        pages = {lang: (await client.get("/fair", params={"lang": lang})).text for lang in ("vi", "en")}
        again = await client.get("/fair")
    assert again.text == pages["vi"]
    assert again.headers["cache-control"].startswith("public")
    for lang, page in pages.items():
        assert "fair_time." not in page
        assert not re.search(r"\{[a-z_]+\}", page)
        for preset in PRESETS.values():
            for number in (preset.cap_with_kernel_ms, preset.cap_without_kernel_ms, preset.bucket_start_ms):
                assert seconds(lang, number) in page
        assert page.count("<b>") == len(PRESETS) * len(EXAMPLES)
    assert "Thời gian của bạn được tính thế nào" in pages["vi"]
    assert "How your time is reckoned" in pages["en"]


@pytest.mark.parametrize(("lang", "shown"), [("vi", "2,95"), ("en", "2.95")])
def test_seconds_are_written_as_people_write_them(lang: str, shown: str) -> None:
    assert seconds(lang, 2_950) == shown
