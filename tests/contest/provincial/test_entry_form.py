"""What people type into the entry form, and what is read from it."""

import random
from datetime import date
from typing import Any

import phonenumbers
import pytest

from contest.provincial import entry_form, phones
from contest.provincial.entry_form import Wrong, read
from contest.provincial.people_model import age_band, age_on
from contest.provincial.rules import EntryForm, TargetGroup

TODAY = date(2026, 11, 22)
GOOD = {
    "full_name": "Y Mek Ê Nuôl",
    "phone": "0912 345 678",
    "birth_date": "28/02/1990",
    "commune": "24133",
    "target_group": "citizen",
}


def reading(form: EntryForm | None = None, consents: dict[str, bool] | None = None, **changes: Any) -> entry_form.Read:
    agreed = changes.pop("guardian_consent", False)
    return read(
        form or EntryForm(), GOOD | changes, consents={"contest": True} if consents is None else consents,
        consent_text=lambda purpose: f"text of {purpose}", guardian_consent=agreed, today=TODAY,
        communes={"24133"}, unit_known=lambda code: code == "thcs-1",
    )  # fmt: skip


def problems(form: EntryForm | None = None, **changes: Any) -> dict[str, str]:
    return {one.field: one.code for one in reading(form, **changes).problems}


@pytest.mark.parametrize(
    "typed",
    [
        "0912345678", "+84912345678", "84912345678", "0084912345678", "(+84) 0912 345 678", "+84 (0) 912-345-678",
        "0912.345.678", "0912-345-678", " 0912 345 678 ", "+84.912.345.678", "8 4912345678", "０９１２３４５６７８",
        "0912\u200b345678", "0912–345–678", "84 912 345 678", "+840912345678", "0084 0912345678", "0912/345/678",
        "09 12 34 56 78", "(0912) 345678",
    ],
)  # fmt: skip
def test_every_spelling_of_a_number_is_one_number(typed: str) -> None:
    assert phones.read(typed) == phones.Phone("+84912345678")


@pytest.mark.parametrize(
    ("typed", "code", "suggestion"),
    [
        ("912345678", "phone_nine_digits", "0912345678"),
        ("01678901234", "phone_old", "0378901234"),
        ("+841212345678", "phone_old", "0792345678"),
        ("0262 3852852", "phone_not_mobile", None),
        ("+855 12 345 678", "phone_foreign", None),
        ("0012025550123", "phone_foreign", None),
        ("0112345678", "phone_invalid", None),
        ("091234567", "phone_invalid", None),
        ("09123456789", "phone_invalid", None),
        ("không có", "phone_invalid", None),
        ("", "phone_invalid", None),
        ("٠٩١٢٣٤٥٦٧٨x", "phone_invalid", None),
    ],
)
def test_what_is_no_mobile_number_is_told_what_it_may_be(typed: str, code: str, suggestion: str | None) -> None:
    assert phones.read(typed) == phones.Phone(None, code, suggestion)


def test_mobile_numbers_agree_with_a_library_of_numbering_plans() -> None:
    rng = random.Random(7)
    agreed = 0
    for _ in range(300):
        typed = "0" + rng.choice("35789") + "".join(rng.choice("0123456789") for _ in range(8))
        theirs = phonenumbers.parse(typed, "VN")
        if phonenumbers.is_valid_number(theirs):
            agreed += 1
            assert phones.read(typed).number == phonenumbers.format_number(theirs, phonenumbers.PhoneNumberFormat.E164)
    assert agreed > 150


@pytest.mark.parametrize(
    "name",
    [
        "Y Mek Ê Nuôl",
        "H’Thi Rya",
        "H'Bia",
        "Ra Lan Trương Thanh Hà",
        "Lê Ô",
        "ƀuôn Krông",
        "Y Wô̆",
        "Nguyễn Thị Mỹ-Linh",
    ],
)
def test_names_of_every_people_of_the_province_are_names(name: str) -> None:
    assert entry_form.person_name(name) == name


def test_a_decomposed_name_is_composed_and_spaces_are_single() -> None:
    assert entry_form.person_name(" Nguye\u0302\u0303n  Thi\u0323 A ") == "Nguyễn Thị A"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("A", "name_short"),
        ("--", "name_short"),
        ("Lan 2", "name_invalid"),
        ("<b>Lan", "name_invalid"),
        ("a" * 81, "name_long"),
    ],
)
def test_what_is_no_name(name: str, code: str) -> None:
    with pytest.raises(Wrong, match=code):
        entry_form.person_name(name)


@pytest.mark.parametrize(
    "typed", ["28/2/1990", "28.02.1990", "28-2-1990", "28 2 1990", "28 / 02 / 1990", "1990-02-28", "28021990"]
)
def test_birth_dates_as_people_write_them(typed: str) -> None:
    assert entry_form.birth_date_of(typed, TODAY) == "1990-02-28"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("30/02/1990", "birth_date_invalid"), ("1990", "birth_date_invalid"), ("28/02/90", "birth_date_year"),
        ("23/11/2026", "birth_date_future"), ("01/01/1900", "birth_date_old"), ("2/28/1990", "birth_date_invalid"),
    ],
)  # fmt: skip
def test_what_is_no_birth_date(typed: str, code: str) -> None:
    with pytest.raises(Wrong, match=code):
        entry_form.birth_date_of(typed, TODAY)


def test_ages_turn_on_the_birthday() -> None:
    assert [age_on("2010-11-22", date(2026, 11, day)) for day in (21, 22)] == [15, 16]
    assert [age_on("2012-02-29", date(2026, month, day)) for month, day in ((2, 28), (3, 1))] == [13, 14]
    assert [age_band(age) for age in (None, 15, 16, 17, 18, 59, 60)] == [
        None, "u16", "16-17", "16-17", "18-59", "18-59", "60+",
    ]  # fmt: skip


def test_identity_numbers_are_held_against_birth_date_and_sex() -> None:
    assert entry_form.id_number_of("066 090 012345", "1990-02-28", "male") == "066090012345"
    assert entry_form.id_number_of("066310012345", "2010-01-01", "female") == "066310012345"
    for number, birth, sex, code in (
        ("066090012345", "1991-02-28", None, "id_birth_mismatch"),
        ("066090012345", "2090-02-28", None, "id_birth_mismatch"),
        ("066090012345", None, "female", "id_sex_mismatch"),
        ("24133001", None, None, "id_invalid"),
        ("000090012345", None, None, "id_invalid"),
    ):
        with pytest.raises(Wrong, match=code):
            entry_form.id_number_of(number, birth, sex)


def test_a_whole_form_is_read() -> None:
    found = reading()
    assert found.problems == ()
    assert found.data is not None
    assert (found.data.phone, found.data.group) == ("+84912345678", TargetGroup.CITIZEN)
    assert [(one.purpose, one.granted) for one in found.given] == [
        ("contest", True), ("publish_name", False), ("photo", False), ("contact", False),
    ]  # fmt: skip
    assert found.given[1].text == "text of publish_name"


def test_every_problem_is_told_at_its_field() -> None:
    assert problems(
        full_name="", phone="912345678", birth_date=None, commune="99999", target_group="emperor", consents={}
    ) == {
        "full_name": "required",
        "phone": "phone_nine_digits",
        "birth_date": "required",
        "commune": "commune_unknown",
        "target_group": "group_unknown",
        "consents.contest": "consent_required",
    }


def test_a_box_counts_only_when_it_was_ticked() -> None:
    assert problems(consents={"contest": "yes"}) == {"consents.contest": "consent_required"}


def test_ages_admitted() -> None:
    form = EntryForm(birth_date="hidden", min_age=14, max_age=30)
    assert entry_form.uses(form)["birth_date"] == "required"
    assert problems(form, birth_date="23/11/2012") == {
        "birth_date": "age_low", "guardian_name": "required", "guardian_phone": "required",
        "guardian_consent": "guardian_consent_required",
    }  # fmt: skip
    assert problems(form, birth_date="22/11/1995") == {"birth_date": "age_high"}
    assert problems(form, birth_date="22/11/1996") == {}


def test_children_need_a_guardian() -> None:
    found = reading(
        birth_date="23/11/2010", guardian_name="H’Thi Rya", guardian_phone="0987654321", guardian_consent=True
    )
    assert found.problems == ()
    assert found.guardian is not None
    assert found.guardian.phone == "+84987654321"
    assert reading(birth_date="22/11/2010").guardian is None


def test_units_from_the_list_or_typed_when_allowed() -> None:
    required = EntryForm(unit="required")
    listed = EntryForm(unit="required", unit_other=False)
    assert problems(required) == {"unit": "required"}
    assert problems(required, unit="thcs-1") == {}
    assert problems(required, unit="thcs-2") == {"unit": "unit_unknown"}
    assert problems(required, unit_other="Tổ dân phố 3") == {}
    assert problems(listed, unit_other="Tổ dân phố 3") == {"unit": "required"}


def test_what_is_not_asked_for_is_not_kept() -> None:
    found = reading(EntryForm(phone="hidden"), id_number="066090012345", email="a@b.vn", sex="male")
    assert found.data is not None
    assert (found.data.phone, found.data.id_number, found.data.email, found.data.sex) == (None, None, None, None)


@pytest.mark.parametrize(
    ("typed", "good"), [("a.b@Example.VN", True), ("a@b", False), ("a b@c.vn", False), ("@c.vn", False)]
)
def test_mail_addresses(typed: str, good: bool) -> None:
    form = EntryForm(email="required")
    assert problems(form, email=typed) == ({} if good else {"email": "email_invalid"})
