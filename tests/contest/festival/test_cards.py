"""Codes of cards: read however they are written, and typing errors are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.festival.cards import ALPHABET, LENGTH, check_of, new_card, parse_card, shown

bodies = st.text(ALPHABET, min_size=8, max_size=8)


@given(bodies)
def test_every_way_of_writing_is_read(body: str) -> None:
    card = body + check_of(body)
    for written in (card, card.lower(), shown(card), f" {shown(card)} ", f"https://hoi.example.vn/g/{card}?x=1"):
        assert parse_card(written) == card
    assert parse_card(card.replace("0", "O").replace("1", "l")) == card


@given(bodies, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(body: str, place: int, sign: str) -> None:
    card = body + check_of(body)
    wrong = card[:place] + sign + card[place + 1 :]
    assert parse_card(wrong) == (card if wrong == card else None)


@given(bodies, st.integers(0, LENGTH - 2))
def test_swapped_neighbours_are_found(body: str, place: int) -> None:
    card = body + check_of(body)
    wrong = card[:place] + card[place + 1] + card[place] + card[place + 2 :]
    assert parse_card(wrong) == (card if wrong == card else None)


@pytest.mark.parametrize("text", ["", "12345", "UUUUU-UUUUU", "https://hoi.example.vn/g/", "482913", "A" * 500])
def test_what_is_no_card_is_none(text: str) -> None:
    assert parse_card(text) is None


def test_cards_differ() -> None:
    cards = {new_card() for _ in range(1000)}
    assert len(cards) == 1000
    assert all(parse_card(card) == card for card in cards)
