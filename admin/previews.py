"""What a preview gives the players' components: the very frame they would get in a round.

Never reaches a phone: keys are in it.
"""

from typing import Any

from contest.question_bank import Quiz
from realtime.picture import right_choice


def frame(quiz: Quiz, number: int, *, surface: str, revealed: bool, join_url: str) -> dict[str, Any]:
    """The `state` frame (see `realtime.protocol`) of question `number` for phone or stage."""
    question = quiz.questions[number - 1].question
    state: dict[str, Any] = {
        "t": "state",
        "v": 1,
        "phase": "revealed" if revealed else "open",
        "title": quiz.summary.title,
        "code": "123456",
        "q": {
            "n": number,
            "of": len(quiz.questions),
            "type": question.type.value,
            "text": question.stem_vi,
            "options": [{"id": option.id, "text": option.text_vi} for option in question.options],
            "seconds": question.seconds,
            "left": None if revealed else question.seconds,
            "unit": question.unit_vi or None,
            "media": None,
            "weight": question.weight,
            "words": question.words,
        },
        "voided": False,
        "again": False,
        "locked": False,
        "auto": False,
    }
    if revealed:
        state |= {
            "right": right_choice(question),
            "why": question.explanation_vi or None,
            "counts": {option.id: 0 for option in question.options},
        }
    if surface == "stage":
        state |= {"join_url": join_url, "blank": False, "paused_from": None, "seats": 0, "top": []}
    return {"surface": surface, "state": state}
