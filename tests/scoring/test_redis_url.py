"""What a Redis URL may say, and that nothing said about a wrong one repeats it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest import catalogue
from scoring.redis_client import connect
from scoring.redis_url import BadRedisUrl, ClusterAddress, SentinelAddress, SingleAddress, parse

SECRET = "qu%C3%A1+kh%C3%B3%2F%40%3A"
PLAIN = "quá+khó/@:"


@pytest.mark.parametrize("url", ["redis://h:6379/0", f"rediss://:{SECRET}@h/1", "unix:///run/redis.sock"])
def test_one_server_is_left_to_the_library(url: str) -> None:
    assert parse(url) == SingleAddress(url)


def test_a_master_behind_sentinels() -> None:
    address = parse(f"redis+sentinel://thi:{SECRET}@a:26379, b,[fd00::1]:26380/chinh/2?sentinel_password={SECRET}")
    assert address == SentinelAddress(
        sentinels=(("a", 26379), ("b", 26379), ("fd00::1", 26380)),
        service="chinh",
        database=2,
        options={"username": "thi", "password": PLAIN},
        sentinel_options={"password": PLAIN.replace("+", " ")},  # In a query a plus is a space.
    )
    assert parse("redis+sentinel://a/chinh") == SentinelAddress((("a", 26379),), "chinh")


def test_a_cluster_also_over_tls() -> None:
    assert parse("redis+cluster://h1:7001,h2") == ClusterAddress((("h1", 7001), ("h2", 6379)))
    secure = parse(f"rediss+cluster://:{SECRET}@h1/0?ssl_ca_certs=/etc/ca.pem&ssl_check_hostname=no")
    assert isinstance(secure, ClusterAddress)
    expected = {"password": PLAIN, "ssl": True, "ssl_ca_certs": "/etc/ca.pem", "ssl_check_hostname": False}
    assert dict(secure.options) == expected


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "scheme"),
        ("redis.example.vn:6379", "scheme"),
        (f"http://{SECRET}@h", "scheme"),
        ("redis+ring://h", "scheme"),
        ("unix+cluster://h", "scheme"),
        ("redis+cluster://", "hosts"),
        ("redis+cluster://h1,,h2", "hosts"),
        ("redis+cluster://[fd00::1:7000", "hosts"),
        ("redis+cluster://h1:port", "port"),
        ("redis+cluster://h1:0", "port"),
        ("redis+cluster://h1:", "port"),
        ("redis+cluster://h1:70000", "port"),
        (f"redis+cluster://:{PLAIN}@h1", "database"),  # Signs in a password must be written as %xx.
        ("redis+cluster://h1/1", "database"),
        ("redis+sentinel://h1/thi/x", "database"),
        ("redis+sentinel://h1", "service"),
        ("redis+sentinel://h1/a/0/b", "service"),
        ("redis+cluster://h1?db=1", "option"),
        ("redis+cluster://h1?ssl_ca_certs=/x", "option"),
        ("rediss+cluster://h1?ssl_cert_reqs=perhaps", "option"),
        ("redis+cluster://h1?sentinel_password=x", "option"),
        (f"redis://:{SECRET}@h:x/0", "address"),
        ("redis://h/0?no_such_option=1", "address"),
        ("redis://h/0?socket_timeout=soon", "address"),
    ],
)
def test_what_is_none(url: str, code: str) -> None:
    with pytest.raises(BadRedisUrl) as caught:
        connect(url)
    assert caught.value.code == code
    assert "kh" not in str(caught.value)
    assert caught.value.__cause__ is None
    for language in catalogue.LANGUAGES:
        assert catalogue.text(language, key := f"cli.trouble.redis_url_{code}") != key


@given(st.text(max_size=60), st.sampled_from(["", "redis+cluster://", "rediss+sentinel://", "redis+sentinel://h/"]))
def test_anything_typed_is_an_address_or_a_refusal(typed: str, start: str) -> None:
    try:
        address = parse(start + typed)
    except BadRedisUrl:
        return
    assert isinstance(address, SingleAddress | SentinelAddress | ClusterAddress)
    assert "password" not in repr(address)
