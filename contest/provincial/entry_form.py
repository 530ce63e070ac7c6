"""The entry form: what it asks under a contest's rules, and reading what was typed into it.

Pure. Every problem is a code at a field; names are never split, and no script is forbidden.
"""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from contest.names import graphemes
from contest.provincial import phones
from contest.provincial.people_model import CHILD_BELOW, ConsentGiven, EntryData, Guardian, age_on
from contest.provincial.rules import EntryForm, FieldUse, TargetGroup
from scoring.folding import nfc

SEXES = ("male", "female", "other")
FIELDS = ("birth_date", "phone", "commune", "unit", "sex", "email", "address", "id_number")
MAX_NAME, MAX_ADDRESS, MAX_UNIT, OLDEST = 80, 300, 160, 120
_EMAIL = re.compile(r"[^\s@<>\"(),;:\\\[\]]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]{2,63})+")
_APOSTROPHES = "'’ʼ‘`´"
_LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with a field: `entry.<code>` in the catalogue is its sentence."""

    field: str
    code: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """The form as read. `data` is None while there are problems."""

    data: EntryData | None
    guardian: Guardian | None
    given: tuple[ConsentGiven, ...]
    problems: tuple[FieldProblem, ...]


class Wrong(Exception):
    """A value cannot be taken."""

    def __init__(self, code: str, suggestion: str | None = None, **params: Any) -> None:
        super().__init__(code)
        self.code, self.suggestion, self.params = code, suggestion, params


def uses(form: EntryForm) -> dict[str, FieldUse]:
    """What the form asks for; an age limit makes the birth date required, a code by phone the phone."""
    found = {name: FieldUse(getattr(form, name)) for name in FIELDS}
    if form.min_age is not None or form.max_age is not None:
        found["birth_date"] = FieldUse.REQUIRED
    if form.confirm_phone:
        found["phone"] = FieldUse.REQUIRED
    return found


def groups(form: EntryForm) -> tuple[TargetGroup, ...]:
    """The target groups that may enter."""
    return form.groups or tuple(TargetGroup)


def read(
    form: EntryForm,
    values: Mapping[str, str | None],
    *,
    consents: Mapping[str, bool],
    consent_text: Callable[[str], str],
    guardian_consent: bool = False,
    lang: str = "vi",
    today: date,
    communes: Container[str],
    unit_known: Callable[[str], bool],
) -> Read:
    """Reads the form on `today`. `consent_text` gives the sentence that stood beside a box.

    Fields the form does not ask for are ignored, whatever was sent.
    """
    reader = _Reader(form, values, today, communes, unit_known)
    data = reader.data(lang)
    guardian = None
    if data.birth_date and age_on(data.birth_date, today) < CHILD_BELOW:
        guardian = reader.guardian(guardian_consent)
    given = []
    for asked in form.consents:
        granted = consents.get(asked.purpose) is True
        if asked.required and not granted:
            reader.problems.append(FieldProblem(f"consents.{asked.purpose}", "consent_required"))
        given.append(ConsentGiven(asked.purpose, granted, asked.text_vi or consent_text(asked.purpose)))
    return Read(None if reader.problems else data, guardian, tuple(given), tuple(reader.problems))


class _Reader:
    def __init__(
        self,
        form: EntryForm,
        values: Mapping[str, str | None],
        today: date,
        communes: Container[str],
        unit_known: Callable[[str], bool],
    ) -> None:
        self._form, self._uses = form, uses(form)
        self._values, self._today = values, today
        self._communes, self._unit_known = communes, unit_known
        self.problems: list[FieldProblem] = []

    def data(self, lang: str) -> EntryData:
        birth_date = self._field("birth_date", lambda text: birth_date_of(text, self._today))
        if birth_date is not None:
            self._check_age(age_on(birth_date, self._today))
        sex = self._field("sex", _one_of(SEXES, "sex_unknown"))
        unit, other = self._unit()
        return EntryData(
            full_name=self._asked("full_name", person_name) or "",
            phone=self._field("phone", phone_of),
            birth_date=birth_date,
            commune=self._field("commune", self._commune),
            group=self._group(),
            unit_code=unit,
            unit_other=other,
            sex=sex,
            email=self._field("email", email_of),
            address=self._field("address", _line("address_long", MAX_ADDRESS)),
            id_number=self._field("id_number", lambda text: id_number_of(text, birth_date, sex)),
            lang=lang,
        )

    def guardian(self, agreed: bool) -> Guardian | None:
        name = self._asked("guardian_name", person_name)
        phone = self._asked("guardian_phone", phone_of)
        if not agreed:
            self.problems.append(FieldProblem("guardian_consent", "guardian_consent_required"))
        return Guardian(name, phone) if name and phone and agreed else None

    def _field(self, name: str, parse: Callable[[str], str]) -> str | None:
        use = self._uses[name]
        return None if use is FieldUse.HIDDEN else self._asked(name, parse, required=use is FieldUse.REQUIRED)

    def _asked(self, name: str, parse: Callable[[str], str], *, required: bool = True) -> str | None:
        text = nfc((self._values.get(name) or "")[:_LONGEST])
        if not text:
            if required:
                self.problems.append(FieldProblem(name, "required"))
            return None
        try:
            return parse(text)
        except Wrong as wrong:
            self.problems.append(FieldProblem(name, wrong.code, wrong.params, wrong.suggestion))
            return None

    def _check_age(self, age: int) -> None:
        low, high = self._form.min_age, self._form.max_age
        if low is not None and age < low:
            self.problems.append(FieldProblem("birth_date", "age_low", {"age": low}))
        if high is not None and age > high:
            self.problems.append(FieldProblem("birth_date", "age_high", {"age": high}))

    def _group(self) -> TargetGroup | None:
        admitted = groups(self._form)
        if len(admitted) == 1:
            return admitted[0]
        told = self._asked("target_group", _one_of([one.value for one in admitted], "group_unknown"))
        return None if told is None else TargetGroup(told)

    def _commune(self, code: str) -> str:
        if code not in self._communes:
            raise Wrong("commune_unknown")
        return code

    def _unit(self) -> tuple[str | None, str | None]:
        use = self._uses["unit"]
        if use is FieldUse.HIDDEN:
            return None, None
        code = nfc((self._values.get("unit") or "")[:_LONGEST])
        if code:
            if self._unit_known(code):
                return code, None
            self.problems.append(FieldProblem("unit", "unit_unknown"))
            return None, None
        if self._form.unit_other:
            before = len(self.problems)
            other = self._asked("unit_other", _line("unit_long", MAX_UNIT), required=False)
            if other is not None or len(self.problems) > before:
                return None, other
        if use is FieldUse.REQUIRED:
            self.problems.append(FieldProblem("unit", "required"))
        return None, None


def person_name(typed: str) -> str:
    """A person's whole name as it will be printed: letters of any script, spaces, apostrophes, hyphens, dots.

    Raises Wrong: name_invalid, name_short, name_long. Two letters are enough: Y, H' and single names are names.
    """
    name = nfc(typed)
    if any(unicodedata.category(char)[0] not in "LM" and char not in f" -.{_APOSTROPHES}" for char in name):
        raise Wrong("name_invalid")
    if sum(unicodedata.category(char)[0] == "L" for char in name) < 2:
        raise Wrong("name_short")
    if len(graphemes(name)) > MAX_NAME or len(name) > 2 * MAX_NAME:
        raise Wrong("name_long", limit=MAX_NAME)
    return name


def phone_of(typed: str) -> str:
    """A mobile number in E.164. Raises Wrong with the codes of `phones.read`."""
    found = phones.read(typed)
    if found.number is None:
        raise Wrong(found.code or "phone_invalid", found.suggestion)
    return found.number


def birth_date_of(typed: str, today: date) -> str:
    """An ISO date from dd/mm/yyyy (also with . - or spaces) or an ISO date.

    Raises Wrong: birth_date_invalid, birth_date_year (two digits), birth_date_future, birth_date_old.
    """
    text = typed.strip()
    if match := re.fullmatch(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", text):
        year, month, day = match.groups()
    elif match := re.fullmatch(r"([0-9]{1,2})\s*[/.\- ]\s*([0-9]{1,2})\s*[/.\- ]\s*([0-9]{2,4})", text):
        day, month, year = match.groups()
    elif match := re.fullmatch(r"([0-9]{2})([0-9]{2})([0-9]{4})", text):
        day, month, year = match.groups()
    else:
        raise Wrong("birth_date_invalid")
    if len(year) != 4:
        raise Wrong("birth_date_year")
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        raise Wrong("birth_date_invalid") from None
    if born > today:
        raise Wrong("birth_date_future")
    if age_on(born.isoformat(), today) > OLDEST:
        raise Wrong("birth_date_old")
    return born.isoformat()


def id_number_of(typed: str, birth_date: str | None = None, sex: str | None = None) -> str:
    """A personal identification number: 12 digits, held against the birth date and sex where these are known.

    Decree 137/2015 article 13: province (3), sex and century (1), year of birth (2), random (6). Raises Wrong:
    id_invalid, id_birth_mismatch, id_sex_mismatch.
    """
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", typed))
    if not re.fullmatch(r"0[0-9]{11}", digits) or digits[:3] == "000":
        raise Wrong("id_invalid")
    century, year = 19 + int(digits[3]) // 2, digits[4:6]
    if birth_date is not None and birth_date[:4] != f"{century}{year}":
        raise Wrong("id_birth_mismatch")
    if sex in ("male", "female") and int(digits[3]) % 2 != (sex == "female"):
        raise Wrong("id_sex_mismatch")
    return digits


def email_of(typed: str) -> str:
    """An e-mail address, its domain in small letters. Raises Wrong("email_invalid")."""
    if len(typed) > 254 or not _EMAIL.fullmatch(typed):
        raise Wrong("email_invalid")
    local, _, domain = typed.rpartition("@")
    return f"{local}@{domain.lower()}"


def _one_of(known: Container[str], code: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise Wrong(code)
        return text

    return parse


def _line(code: str, limit: int) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if len(text) > limit:
            raise Wrong(code, limit=limit)
        return text

    return parse
