"""GIFT, Moodle's text format, decided in Moodle's own order.

What a live round cannot ask (matching, essays, descriptions) is skipped with its reason; what it cannot keep (partial
weights, feedback per answer, markup) is noted. Never interprets an escaped sign.
"""

import html
import re
from dataclasses import dataclass
from decimal import Decimal

from contest.formats.building import OPTION_LETTERS, Builder, Reason, choice_fields, make_question
from contest.formats.cells import number
from contest.formats.report import ImportReport, Note

# Escapes become control characters (which the text itself cannot hold any more) until the signs are split.
_ESCAPED = {"~": "\x01", "=": "\x02", "#": "\x03", "{": "\x04", "}": "\x05", ":": "\x06", "\\": "\x07", "n": "\x08"}
_RESTORED = {ord(mark): ("\n" if sign == "n" else sign) for sign, mark in _ESCAPED.items()}
_ESCAPE = re.compile(r"\\([~=#{}:n\\])")
_FORMAT = re.compile(r"\[(html|markdown|plain|moodle)\]", re.IGNORECASE)
_WEIGHT = re.compile(r"%(-*)([0-9]{1,3})\.?([0-9]*)%")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")
_BREAK = re.compile(r"(?i)<(?:br|/p|/div|/li)\s*/?>")
_TRUTH = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_FULL = Decimal(100)
BLANK = "_____"
_MAX_SIGNS = 100


@dataclass(frozen=True, slots=True)
class _Answer:
    text: str
    weight: Decimal
    feedback: str


def looks_like(text: str) -> bool:
    """Whether a question's braces hold what GIFT puts there."""
    hidden = _ESCAPE.sub("", text)
    return bool(
        re.search(r"\{\s*(?:\}|[=~#]|(?:T|F|TRUE|FALSE)\s*(?:#[^{}]*)?\}|%)", hidden)
        or re.search(r"(?m)^[ \t]*(?:\$CATEGORY:|::[^:\n]+::)", hidden)
    )


def read(text: str) -> ImportReport:
    """Reads every question; questions are separated by blank lines, `$CATEGORY:` holds for those after it."""
    builder = Builder("gift")
    category = ""
    for line, lines in _blocks(text):
        source = "\n".join(lines)
        try:
            if lines[0].upper().startswith("$CATEGORY:"):
                category = _category(lines[0][len("$CATEGORY:") :])
                source = "\n".join(lines[1:])
                if not source:
                    continue
            fields, notes = _question(_ESCAPE.sub(lambda match: _ESCAPED[match.group(1)], source))
            fields["category"] = category
            builder.add(line, make_question(fields), notes)
        except Reason as reason:
            builder.skip(line, reason, source)
    return builder.report()


def _blocks(text: str) -> list[tuple[int, list[str]]]:
    """The blocks between blank lines, without comments, each with the number of its first line."""
    blocks: list[tuple[int, list[str]]] = []
    open_block = False
    for number_, raw in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        line = raw.strip()
        if not line:
            open_block = False
        elif not line.startswith("//"):
            if open_block:
                blocks[-1][1].append(line)
            else:
                blocks.append((number_, [line]))
                open_block = True
    return blocks


def _category(path: str) -> str:
    parts = [part.strip() for part in path.split("/")]
    named = [part for part in parts if part and part.lower() not in ("$course$", "top", "$system$", "$cat1$")]
    return named[-1][:64] if named else ""


def _question(source: str) -> tuple[dict[str, object], list[Note]]:
    notes: list[Note] = []
    text = source.strip()
    if text.startswith("::") and (end := text.find("::", 2)) >= 0:
        text = text[end + 2 :].strip()
    markup = "moodle"
    if match := _FORMAT.match(text):
        markup = match.group(1).lower()
        text = text[match.end() :].strip()
    start, end = text.find("{"), text.find("}")
    if start < 0:
        raise Reason("gift_brace_missing" if end >= 0 else "gift_description")
    if end < start:
        raise Reason("gift_brace_missing")
    before, body, after = text[:start].rstrip(), text[start + 1 : end].strip(), text[end + 1 :].strip()
    if "{" in body or "{" in after:
        raise Reason("gift_several_blanks")
    stem = f"{before} {BLANK} {after}" if after else before
    explanation = ""
    if "####" in body:
        body, _, explanation = body.rpartition("####")
        body = body.strip()
    plain_stem = _plain(stem, markup, notes)
    fields = _answered(plain_stem, body, markup, notes)
    own = str(fields.pop("explanation_vi", ""))
    explanation = explanation or own
    fields |= {"stem_vi": plain_stem, "explanation_vi": _plain(explanation, markup, notes)}
    return fields, list({note.code: note for note in notes}.values())


def _plain(text: str, markup: str, notes: list[Note]) -> str:
    """The text a person reads: tags gone where the format allows them, then the escaped signs put back."""
    if markup in ("html", "moodle") and (_TAG.search(text) or (markup == "html" and "&" in text)):
        text = html.unescape(_TAG.sub("", _BREAK.sub("\n", text)))
        notes.append(Note("markup_removed"))
    return text.translate(_RESTORED).strip()


def _answered(stem: str, body: str, markup: str, notes: list[Note]) -> dict[str, object]:
    """The type in Moodle's order of decision, with options and answer."""
    if body.count("~") + body.count("=") > _MAX_SIGNS:
        raise Reason("too_many_options", limit=len(OPTION_LETTERS))
    if not body:
        raise Reason("gift_essay")
    if body.startswith("#"):
        return _numerical(body[1:], notes)
    if "~" in body:
        return _choices(stem, body, markup, notes)
    if "=" in body and "->" in body:
        raise Reason("gift_matching")
    truth, *feedback = (part.strip() for part in body.split("#"))
    if truth.upper() in _TRUTH:
        fields: dict[str, object] = {"type": "true_false", "answer": ["T" if _TRUTH[truth.upper()] else "F"]}
        if len(feedback) > 1:
            fields["explanation_vi"] = feedback[1]
        if feedback and feedback[0]:
            notes.append(Note("feedback_dropped"))
        return fields
    return _short(body, markup, notes)


def _split(text: str, default: Decimal) -> _Answer:
    answer, _, feedback = text.partition("#")
    answer = answer.strip()
    weight = default
    if match := _WEIGHT.match(answer):
        sign, whole, decimals = match.groups()
        weight = Decimal(f"{'-' if sign else ''}{whole}.{decimals or 0}")
        answer = answer[match.end() :].strip()
    return _Answer(answer, weight, feedback.strip())


def _choices(stem: str, body: str, markup: str, notes: list[Note]) -> dict[str, object]:
    single = "=" in body
    parts = [part.strip() for part in body.replace("=", "~=").split("~")]
    answers = [_split(part[1:], _FULL) if part.startswith("=") else _split(part, Decimal(0)) for part in parts if part]
    right = [place for place, answer in enumerate(answers) if answer.weight > 0]
    if single:
        full = [place for place, answer in enumerate(answers) if answer.weight == _FULL]
        if len(right) > len(full):
            notes.append(Note("partial_credit_dropped"))
        right = full
        if len(right) > 1:
            raise Reason("gift_several_right")
    elif any(answer.weight < 0 for answer in answers) or len({answers[place].weight for place in right}) > 1:
        notes.append(Note("weights_dropped"))
    if not right:
        raise Reason("answer_missing")
    texts = [_plain(answer.text, markup, notes) for answer in answers]
    fields = choice_fields(stem, texts, right, kind=None if single else "multi")
    return fields | _feedback(answers, [answers[place] for place in right], notes)


def _short(body: str, markup: str, notes: list[Note]) -> dict[str, object]:
    answers = [_split(part, _FULL) for part in body.split("=") if part.strip()]
    kept = [answer for answer in answers if answer.weight == _FULL]
    if len(kept) < len(answers):
        notes.append(Note("partial_credit_dropped"))
    spellings = [answer for answer in kept if "*" not in answer.text]
    if len(spellings) < len(kept):
        notes.append(Note("wildcard_dropped"))
        if not spellings:
            raise Reason("gift_wildcard")
    texts = [_plain(answer.text, markup, notes) for answer in spellings]
    return {"type": "text", "answer": texts} | _feedback(answers, spellings, notes)


def _numerical(body: str, notes: list[Note]) -> dict[str, object]:
    answers = [_split(part, _FULL) for part in body.split("~")[0].split("=") if part.strip()]
    if "~" in body:
        notes.append(Note("feedback_dropped"))
    right = [answer for answer in answers if answer.weight == _FULL]
    if len(right) < len(answers):
        notes.append(Note("partial_credit_dropped"))
    if not right:
        raise Reason("answer_missing")
    found = list(dict.fromkeys(_interval(answer.text) for answer in right))
    if len(found) > 1:
        raise Reason("gift_several_numbers")
    value, tolerance = found[0]
    return {"type": "numeric", "answer": value, "tolerance": tolerance} | _feedback(answers, right, notes)


def _interval(text: str) -> tuple[Decimal, Decimal]:
    """`v`, `v:tolerance` or `min..max` as the middle and the tolerance."""
    low, dots, high = text.partition("..")
    if dots:
        first, last = _number(low), _number(high)
        if last < first:
            raise Reason("answer_must_be_number")
        return (first + last) / 2, (last - first) / 2
    value, _, tolerance = text.partition(":")
    return _number(value), abs(_number(tolerance)) if tolerance.strip() else Decimal(0)


def _number(text: str) -> Decimal:
    # GIFT writes decimals with a dot always, so 1.500 is one and a half here.
    plain = text.translate(_RESTORED).strip().replace(" ", "")
    if re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", plain) and len(plain) <= 40:
        value: Decimal | None = number(float(plain)) if "e" in plain.lower() else Decimal(plain)
    else:
        value = number(plain)
    if value is None or abs(value) > 10**15:
        raise Reason("answer_must_be_number")
    return value


def _feedback(answers: list[_Answer], right: list[_Answer], notes: list[Note]) -> dict[str, object]:
    """The right answer's feedback serves as explanation; what others say is dropped with a note."""
    why = next((answer.feedback for answer in right if answer.feedback), "")
    if any(answer.feedback and answer.feedback != why for answer in answers):
        notes.append(Note("feedback_dropped"))
    return {"explanation_vi": why} if why else {}
