"""Aiken, and what people paste from Word: "Câu 1: … A. … B. … Đáp án: B".

Strict Aiken reads as Moodle reads it; beyond it, numbered questions, stems of several lines, choices side by side,
several right letters, a star at the right choice, Đúng/Sai and an explanation are understood. Never reads a choice
that has no letter.
"""

import re
from dataclasses import dataclass, field

from contest.formats.building import Builder, Reason, choice_fields, make_question
from contest.formats.cells import places, true_or_false
from contest.formats.limits import MAX_CELL_CHARS
from contest.formats.report import ImportReport, Note

_NUMBERED = re.compile(r"(?i)(?:câu(?: hỏi)?|bài|question|q)\s*(?:số\s*)?\d{1,4}\s*(?:[.:)/\-–]|\s|$)\s*(.*)")
_COUNTED = re.compile(r"\d{1,4}\s*[.)/]\s+(.*)")
_CHOICE = re.compile(r"([*✓✔]?)\s*([A-Za-z])\s*[.):]\s*(.*)")
_STRICT_CHOICE = re.compile(r"[A-Z][.)][ \t]")
_SIDE_BY_SIDE = re.compile(r"(?:\t+|(?<! ) {2,})(?=[*✓✔]?[A-Za-z][.)]\s*\S)")
_ANSWER = re.compile(
    r"(?i)(?:answers?|correct(?: answers?)?|key|đáp\s*án(?: đúng)?|phương án đúng|trả lời|đ/?a)"
    r"\s*(?:[:：=]|\s-|\s–|\blà\b|(?=\s[A-F]\.?$))\s*(.*)"
)
_WHY = re.compile(r"(?i)(?:giải thích|lời giải|explanation|feedback|vì sao)\s*[:：]\s*(.*)")
_LEADING_LETTER = re.compile(r"([A-Za-z])\s*[.)]\s+\S")


@dataclass(slots=True)
class _Draft:
    line: int
    stem: list[str] = field(default_factory=list)
    choices: list[tuple[str, str]] = field(default_factory=list)
    starred: list[int] = field(default_factory=list)
    answer: str | None = None
    why: list[str] | None = None
    blank: bool = False
    """A blank line has come since the last line of this question."""

    @property
    def text(self) -> str:
        return " ".join([*self.stem, *(text for _, text in self.choices), self.answer or ""])


def looks_like(text: str) -> bool:
    """Whether lines with lettered choices and an answer, or numbered questions with them, are there."""
    lines = [line.strip() for line in text.splitlines()]
    answers = sum(1 for line in lines if _ANSWER.match(line))
    choices = sum(1 for line in lines if _CHOICE.match(line))
    numbered = sum(1 for line in lines if _NUMBERED.match(line))
    strict = sum(1 for line in lines if _STRICT_CHOICE.match(line))
    return (answers > 0 and (choices >= 2 or numbered > 0)) or (numbered > 0 and choices >= 2) or strict >= 2


def read(text: str) -> ImportReport:
    """Reads every question of the text; a question that cannot be taken over is skipped with its first line."""
    builder = Builder("aiken")
    draft: _Draft | None = None
    for number, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = raw.strip()
        if len(line) < 2:
            if draft is not None:
                draft.blank = draft.blank or not line
            continue
        if draft is not None and _begins(draft, line):
            _finish(builder, draft)
            draft = None
        if draft is None:
            draft = _Draft(number)
        _take(draft, line)
        draft.blank = False
    if draft is not None:
        _finish(builder, draft)
    return builder.report()


def _begins(draft: _Draft, line: str) -> bool:
    """Whether `line` is the first line of another question."""
    if _NUMBERED.match(line):
        return True
    if _ANSWER.match(line):
        return draft.answer is not None
    if _WHY.match(line):
        return False
    choice = _choice(draft, line)
    if draft.answer is not None:
        # After the answer only the explanation may go on, and only without a blank line.
        return draft.why is None or draft.blank or choice is not None
    if choice is not None:
        return bool(draft.choices) and choice.group(2).upper() == "A"
    if draft.choices:
        return draft.blank or bool(_COUNTED.match(line))
    return draft.blank and bool(_COUNTED.match(line))


def _choice(draft: _Draft, line: str) -> re.Match[str] | None:
    """The line as a choice, which must begin with A and go on with letters."""
    match = _CHOICE.match(line)
    if match is None or (not draft.choices and match.group(2).upper() != "A"):
        return None
    return match if match.group(3) else None


def _take(draft: _Draft, line: str) -> None:
    if match := _ANSWER.match(line):
        draft.answer = match.group(1).strip()
    elif match := _WHY.match(line):
        draft.why = [match.group(1).strip()]
    elif draft.why is not None:
        draft.why.append(line)
    elif _choice(draft, line):
        for part in _SIDE_BY_SIDE.split(line):
            if match := _CHOICE.match(part.strip()):
                if match.group(1):
                    draft.starred.append(len(draft.choices))
                draft.choices.append((match.group(2).upper(), match.group(3).strip()))
    elif draft.choices:
        letter, text = draft.choices[-1]
        if len(text) < MAX_CELL_CHARS:  # longer is refused anyway, and must not be copied for every line
            draft.choices[-1] = (letter, f"{text} {line}")
    else:
        match = _NUMBERED.match(line) or (None if draft.stem else _COUNTED.match(line))
        rest = match.group(1).strip() if match else line
        if rest:
            draft.stem.append(rest)


def _finish(builder: Builder, draft: _Draft) -> None:
    try:
        notes: list[Note] = []
        stem = "\n".join(draft.stem)
        if not stem:
            raise Reason("stem_empty")
        fields = _answered(draft, stem, notes)
        fields |= {"stem_vi": stem, "explanation_vi": "\n".join(draft.why or ())}
        builder.add(draft.line, make_question(fields), notes)
    except Reason as reason:
        builder.skip(draft.line, reason, draft.text)


def _answered(draft: _Draft, stem: str, notes: list[Note]) -> dict[str, object]:
    letters = [letter for letter, _ in draft.choices]
    if not letters:
        if draft.answer is None:
            raise Reason("not_a_question")
        truth = true_or_false(draft.answer)
        if truth is None:
            raise Reason("too_few_options")
        return {"type": "true_false", "answer": ["T" if truth else "F"]}
    if letters != [chr(ord("A") + place) for place in range(len(letters))]:
        raise Reason("letters_out_of_order", letters=", ".join(letters))
    texts = [text for _, text in draft.choices]
    if draft.answer is None:
        if not draft.starred:
            raise Reason("answer_missing")
        return choice_fields(stem, texts, draft.starred)
    answer = draft.answer
    if match := _LEADING_LETTER.match(answer):
        answer = match.group(1)
    right, _ = places(answer.rstrip("."), letters) if not answer.strip().isdigit() else (None, False)
    if right is None:
        same = [place for place, text in enumerate(texts) if text.casefold() == answer.casefold().rstrip(".")]
        if len(same) != 1:
            raise Reason("answer_unreadable", answer=answer[:40])
        right = same
        notes.append(Note("answer_by_text"))
    if not right:
        raise Reason("answer_missing")
    return choice_fields(stem, texts, right)
