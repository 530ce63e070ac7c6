"""Signing in through a real identity provider over HTTP, and what a false one gets."""

import base64
import hashlib
import importlib
import warnings
from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from realtime.entrants.oidc import Provider, ProviderFailed
from tests.realtime.conftest import Stack, running_server
from tests.realtime.entrants.conftest import Site, form

API = "/api/contests/cds"

# The provider still uses parts that its own libraries warn about; ours does not.
pytestmark = pytest.mark.filterwarnings("ignore:get_jwt_config")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    mock: Any = importlib.import_module("oidc_provider_mock")


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    people = [mock.User(sub="mek", claims={"name": "Y Mek Ê Nuôl", "birthdate": "1990-02-28"}), mock.User(sub="lan")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with mock.run_server_in_thread(require_nonce=True, user_claims=people) as server:
            yield f"http://localhost:{server.server_port}"


@pytest.fixture
async def site(people_stack: Stack, issuer: str) -> AsyncIterator[Site]:
    settings = people_stack.settings.model_copy(
        update={
            "oidc_issuer": issuer, "oidc_client_id": "hoithi", "oidc_client_secret": "secret",
            "oidc_claims": {"full_name": "name", "birth_date": "birthdate"},
        }
    )  # fmt: skip
    async with running_server(settings) as server:
        site = Site(server.url, people_stack.db, settings)
        await site.contest()
        yield site


async def at_provider(browser: httpx.AsyncClient, subject: str) -> str:
    """Goes to the provider, signs in there, and returns the path it sends the browser back to."""
    away = await browser.get(f"{API}/oidc")
    assert away.status_code == 303
    query = parse_qs(urlsplit(away.headers["location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://thi.example.vn/api/oidc/callback"]
    async with httpx.AsyncClient() as elsewhere:
        answer = await elsewhere.post(away.headers["location"], data={"sub": subject})
    back = urlsplit(answer.headers["location"])
    assert back.path == "/api/oidc/callback"
    return f"{back.path}?{back.query}"


async def test_first_the_form_and_from_then_on_straight_in(site: Site) -> None:
    async with site.browser() as phone, site.browser() as other:
        back = await phone.get(await at_provider(phone, "mek"))
        assert back.headers["location"] == "/c/cds/app#enter"
        known = (await phone.get(f"{API}/form")).json()["values"]
        assert known == {"full_name": "Y Mek Ê Nuôl", "birth_date": "1990-02-28"}
        made = await phone.post(f"{API}/entries", json=form())
        assert made.status_code == 201
        assert (await phone.get(f"{API}/form")).json()["values"] == {}
        back = await other.get(await at_provider(other, "mek"))
        assert back.headers["location"] == "/c/cds/app#home"
        assert (await other.get(f"{API}/me")).json()["entry"]["id"] == made.json()["entry"]["id"]


async def test_somebody_signed_in_is_linked(site: Site) -> None:
    async with site.browser() as phone, site.browser() as other:
        entry = (await phone.post(f"{API}/entries", json=form())).json()["entry"]
        assert (await phone.get(await at_provider(phone, "lan"))).headers["location"] == "/c/cds/app#home"
        await other.get(await at_provider(other, "lan"))
        assert (await other.get(f"{API}/me")).json()["entry"]["id"] == entry["id"]


async def test_whoever_left_a_shared_phone_signed_in_is_not_the_next_one(site: Site) -> None:
    async with site.browser() as phone, site.browser() as other:
        first = (await phone.post(f"{API}/entries", json=form(full_name="H'Thi Rya"))).json()["entry"]
        assert (await phone.get(await at_provider(phone, "mek"))).headers["location"] == "/c/cds/app#enter"
        second = await phone.post(f"{API}/entries", json=form(phone="0987 654 321"))
        assert second.status_code == 201
        assert (await phone.get(await at_provider(phone, "lan"))).headers["location"] == "/c/cds/app#enter"
        await other.get(await at_provider(other, "mek"))
        assert (await other.get(f"{API}/me")).json()["entry"]["id"] == second.json()["entry"]["id"] != first["id"]


async def test_one_word_is_one_person_and_the_second_entry_stands(site: Site) -> None:
    async with site.browser() as phone:
        await phone.get(await at_provider(phone, "mek"))
        word = phone.cookies["hoithi_vouched"]
        assert (await phone.post(f"{API}/entries", json=form())).status_code == 201
    async with site.browser(cookies={"hoithi_vouched": word}) as again:
        made = await again.post(f"{API}/entries", json=form(phone="0987 654 321", full_name="H'Thi Rya"))
        assert made.status_code == 201
        assert made.json()["code"]


async def test_another_browsers_journey_and_a_code_twice_lead_nowhere(site: Site) -> None:
    async with site.browser() as victim, site.browser() as thief:
        path = await at_provider(thief, "mek")
        assert (await victim.get(path)).status_code == 404
        await victim.get(f"{API}/oidc")
        assert (await victim.get(path)).headers["location"] == "/c/cds/app#sign-in"
        assert (await thief.get(path)).headers["location"] == "/c/cds/app#enter"
        assert (await thief.get(path)).status_code == 404
        assert (await victim.get(f"{API}/form")).json()["values"] == {}


async def test_a_word_for_somebody_else_or_another_journey_is_not_believed(site: Site) -> None:
    provider = Provider(site.settings, "http://thi.example.vn/api/oidc/callback")
    stranger = Provider(site.settings.model_copy(update={"oidc_client_id": "other"}), "http://thi.example.vn/x")

    async def code(journey: Any) -> str:
        async with httpx.AsyncClient() as elsewhere:
            answer = await elsewhere.post(journey.url, data={"sub": "mek"})
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    right = await provider.journey()
    assert (await provider.word(await code(right), right.verifier, right.nonce)).subject == "mek"
    challenge = parse_qs(urlsplit(right.url).query)["code_challenge"][0]
    assert challenge == base64.urlsafe_b64encode(hashlib.sha256(right.verifier.encode()).digest()).decode().rstrip("=")
    with pytest.raises(ProviderFailed):
        await provider.word(await code(right), right.verifier, "another")
    with pytest.raises(ProviderFailed):
        await stranger.word(await code(right), right.verifier, right.nonce)
    away = Provider(site.settings.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"}), "http://thi.example.vn/x")
    with pytest.raises(ProviderFailed):
        await away.journey()


async def test_without_a_provider_there_is_no_way_to_one(people_stack: Stack) -> None:
    async with running_server(people_stack.settings) as server:
        site = Site(server.url, people_stack.db, people_stack.settings)
        await site.contest()
        async with site.browser() as phone:
            assert (await phone.get(f"{API}/oidc")).status_code == 404
            assert (await phone.get(f"{API}/form")).json()["sign_in"]["oidc"] is None
