"""The question form of the editor: from its fields to a question and back.

Never saves, and never invents an answer: what does not fit comes back as problems by field.
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from contest.model import Question
from contest.question_bank import RowProblem, problems_of
from scoring.answer_key import QuestionType

OPTION_IDS = ("a", "b", "c", "d", "e", "f")
_WITH_OPTIONS = (QuestionType.SINGLE, QuestionType.MULTI, QuestionType.ORDERING, QuestionType.POLL)
_PLAIN = ("id", "category", "stem_vi", "stem_en", "explanation_vi", "source", "verified", "review_by")


def empty_fields(kind: QuestionType) -> dict[str, Any]:
    """The form of a question that does not exist yet."""
    return {
        **dict.fromkeys(_PLAIN, ""),
        "type": kind.value,
        "difficulty": 1,
        "seconds": 20,
        "weight": 1,
        "options": [{"id": option_id, "text": "", "right": False} for option_id in OPTION_IDS],
        "truth": "T",
        "number": "",
        "tolerance": "0",
        "unit_vi": "",
        "spellings": "",
        "words": 3,
    }


def fields_of(question: Question) -> dict[str, Any]:
    """What the form shows of a stored question; an ordering's options come in their right order."""
    fields = empty_fields(question.type)
    for name in _PLAIN:
        value = getattr(question, name)
        fields[name] = "" if value is None else str(value)
    fields |= {"difficulty": question.difficulty, "seconds": question.seconds, "weight": question.weight}
    right = list(question.answer) if isinstance(question.answer, tuple) else []
    if question.type is QuestionType.NUMERIC:
        fields["number"] = _decimal_vi(question.answer)
        fields["tolerance"] = _decimal_vi(question.tolerance)
        fields["unit_vi"] = question.unit_vi
    elif question.type is QuestionType.TEXT:
        fields["spellings"] = "\n".join(right)
    elif question.type is QuestionType.CLOUD:
        fields["words"] = question.words
    elif question.type is QuestionType.TRUE_FALSE:
        fields["truth"] = right[0] if right else "T"
    else:
        shown = list(question.options)
        if question.type is QuestionType.ORDERING:
            shown.sort(key=lambda option: right.index(option.id))
        fields["options"] = [
            {"id": option.id, "text": option.text_vi, "right": option.id in right} for option in shown
        ] + [
            {"id": option_id, "text": "", "right": False}
            for option_id in _free_ids({option.id for option in shown}, len(OPTION_IDS) - len(shown))
        ]
    return fields


def read(form: FormData, kept: Question | None = None) -> tuple[Question | None, dict[str, Any], list[RowProblem]]:
    """The question of a submitted form, the fields to show again, and what is wrong with them.

    `kept` is the stored question: what the form does not show (an option's wording in true_false) stays.
    """
    fields = _fields(form)
    raw: dict[str, Any] = {name: fields[name] for name in _PLAIN if fields[name] != ""}
    raw |= {name: fields[name] for name in ("type", "difficulty", "seconds", "weight")}
    raw["stem_vi"] = fields["stem_vi"]
    problems: list[RowProblem] = []
    kind = fields["type"]
    if kind == QuestionType.NUMERIC:
        for name, target in (("number", "answer"), ("tolerance", "tolerance")):
            try:
                raw[target] = _decimal(fields[name])
            except InvalidOperation:
                problems.append(RowProblem(1, "not_a_number", name))
        raw["unit_vi"] = fields["unit_vi"]
    elif kind == QuestionType.TEXT:
        raw["answer"] = [line.strip() for line in fields["spellings"].splitlines() if line.strip()]
    elif kind == QuestionType.CLOUD:
        raw["words"] = fields["words"]
    elif kind == QuestionType.TRUE_FALSE:
        raw["answer"] = [fields["truth"]]
        if kept is not None and kept.type is QuestionType.TRUE_FALSE:
            raw["options"] = [option.model_dump() for option in kept.options]
    elif kind in _WITH_OPTIONS:
        used = [option for option in fields["options"] if option["text"].strip()]
        raw["options"] = [{"id": option["id"], "text_vi": option["text"]} for option in used]
        if kind == QuestionType.ORDERING:
            raw["answer"] = [option["id"] for option in used]
        elif kind != QuestionType.POLL:
            raw["answer"] = [option["id"] for option in used if option["right"]]
    if problems:
        return None, fields, problems
    try:
        return Question.model_validate(raw), fields, []
    except ValidationError as error:
        return None, fields, problems_of(error, 1)


def _fields(form: FormData) -> dict[str, Any]:
    kind = _text(form, "type")
    fields = empty_fields(QuestionType(kind) if kind in set(QuestionType) else QuestionType.SINGLE)
    for name in (*_PLAIN, "truth", "number", "tolerance", "unit_vi", "spellings"):
        fields[name] = _text(form, name)
    for name in ("difficulty", "seconds", "weight", "words"):
        given = _text(form, name)
        fields[name] = int(given) if given.isascii() and given.isdigit() and len(given) < 6 else given
    right = set(form.getlist("right"))
    ids, texts = form.getlist("option_id")[: len(OPTION_IDS)], form.getlist("option_text")
    fields["options"] = [
        {"id": str(option_id), "text": str(option_text), "right": option_id in right}
        for option_id, option_text in zip(ids, texts, strict=False)
    ]
    return fields


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _decimal(text: str) -> Decimal:
    """1.500,5 and 1500.5 both: a comma is the Vietnamese decimal sign, and then dots group."""
    plain = text.replace(" ", "").replace("\u00a0", "")
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    value = Decimal(plain or "0")
    if not value.is_finite():
        raise InvalidOperation
    return value


def _decimal_vi(value: object) -> str:
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else ""


def _free_ids(taken: Iterable[str], count: int) -> list[str]:
    used = set(taken)
    spare = [option_id for option_id in (*OPTION_IDS, *(f"o{n}" for n in range(1, 13))) if option_id not in used]
    return spare[: max(0, count)]
