"""Chromium for each module and one platform for each xdist worker; every page ends with a look at its faults."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.browsing import CHROMIUM_ARGUMENTS, Browsing
from tests.browser.staff import Staff
from tests.flows.commands import running_up

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin"])


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The system's Chromium. For a module only: Playwright's loop must be gone when tests with their own run."""
    program = next((found for name in NAMES if (found := shutil.which(name, path=PLACES))), None)
    if program is None:
        pytest.fail("no Chromium here: run make setup-test")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def staff(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Staff]:
    """A running platform with the demo's quizzes, and its administrator."""
    with running_up(tmp_path_factory.mktemp("browser") / "data", "--demo") as up:
        staff = Staff(up)
        yield staff
        staff.close()


@pytest.fixture
def browsing(chromium: Browser, staff: Staff) -> Iterator[Browsing]:
    """Pages on that platform, closed with the test."""
    pages = Browsing(chromium, staff.players, staff.admin)
    yield pages
    pages.close()
