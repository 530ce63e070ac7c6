"""The questions of a drill: the drill knows every key, and every key's words are a secret that can be recognised.

Pure.
"""

import random
from typing import Any

from loadtests.drill.history import Choice, Question

SECRET = "bímậtdiễntập"
"""In every explanation and every accepted text; nowhere else."""
KINDS = ("single", "true_false", "numeric", "single", "text")
_WORDS = ("trâu", "bò", "lợn", "gà", "vịt")


def make(count: int, seconds: int, seed: int) -> tuple[list[dict[str, Any]], list[Question]]:
    """The questions as the platform takes them, and as the checker knows them."""
    rng = random.Random(seed)
    taken: list[dict[str, Any]] = []
    known: list[Question] = []
    for number in range(1, count + 1):
        kind = KINDS[(number - 1) % len(KINDS)]
        word = f"{SECRET}{number}x{rng.getrandbits(48):012x}"
        letters = {"single": "abcd", "true_false": "ab"}.get(kind, "")
        answer: Any = [rng.choice(letters)] if letters else rng.randrange(6) if kind == "numeric" else [word, "gà"]
        taken.append(
            {
                "id": f"D{number:03}",
                "type": kind,
                "seconds": seconds,
                "stem_vi": f"Câu diễn tập số {number} của hội thi thử?",
                "options": [{"id": letter, "text_vi": f"Phương án {letter} câu {number}"} for letter in letters],
                "answer": answer,
                "explanation_vi": f"Giải thích {word}",
            }
        )
        key: Choice = "gà" if kind == "text" else answer
        known.append(Question(number, kind, key, 1, seconds * 1000, [word]))
    return taken, known


def choose(question: Question, rng: random.Random) -> Choice:
    """Any choice that is possible; what phones know."""
    if question.type == "numeric":
        return rng.randrange(6)
    if question.type == "text":
        return rng.choice(_WORDS)
    return [rng.choice("ab" if question.type == "true_false" else "abcd")]
