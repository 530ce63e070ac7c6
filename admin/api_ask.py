"""A question the host types in the middle of a round, as JSON: a poll or a word cloud.

Holds no behaviour but its own checks; the command `insert` puts it into the round.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from contest.errors import Invalid
from contest.model import Question

_IDS = "abcdef"
AskedOption = Annotated[str, Field(max_length=300)]


class AskIn(BaseModel):
    """A question of the host's own, to be asked next: a poll with 2 to 6 options, or a word cloud."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["poll", "cloud"]
    text: str = Field(max_length=1000)
    options: list[AskedOption] = Field(default=[], max_length=len(_IDS))
    seconds: int = Field(default=30, ge=5, le=300)
    words: int = Field(default=3, ge=1, le=5, description="how many words one may send")

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if self.type == "cloud" and self.options:
            raise ValueError("options_not_allowed")
        return self

    def question(self) -> Question:
        """The question as rounds keep it. Raises Invalid("insert_question_needed")."""
        texts = [text for text in self.options if text.strip()]
        try:
            return Question.model_validate(
                {
                    "type": self.type,
                    "stem_vi": self.text,
                    "options": [{"id": key, "text_vi": text} for key, text in zip(_IDS, texts, strict=False)],
                    "seconds": self.seconds,
                    "words": self.words,
                }
            )
        except ValidationError:
            raise Invalid("insert_question_needed") from None
