"""The JSON of indicators, targets, denominators, figures, campaigns and villages, as OpenAPI shows it.

Holds no behaviour.
"""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from admin.api_models import In
from contest.statistics.target_model import CountUnit, Population, SourceKind
from contest.statistics.versioned import Put

MOST_AT_ONCE = 1_000
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", description="local day, 2025-10-25")]
Place = Annotated[
    str,
    Field(max_length=16, description='"p" the province, "c:24561" a commune by code; targets: "c:*" every commune'),
]
Percent = Annotated[float, Field(ge=0, le=100, description="percent, two decimals are kept")]
Count = Annotated[int, Field(ge=0, le=1_000_000_000)]
Line = Annotated[str, Field(max_length=500)]


class Versioned(BaseModel):
    id: int
    created_by: str
    created_at: int = Field(description="ms since 1970, UTC")


class IndicatorOut(Versioned):
    key: str
    wording_vi: str
    wording_en: str
    unit: CountUnit
    population: Population
    source_kind: SourceKind = Field(description="measured: counted by this platform; external: reported by others")
    measure: dict[str, Any] | None = Field(description="which facts a measured one counts")
    position: int
    archived: bool


class IndicatorIn(In):
    key: Annotated[str, Field(max_length=48)]
    wording_vi: Line
    wording_en: Line
    unit: CountUnit
    population: Population
    source_kind: SourceKind
    measure: dict[str, list[str] | bool] | None = None
    position: Annotated[int, Field(ge=0, le=100_000)] = 500
    archived: bool = False


class TargetOut(Versioned):
    indicator: str
    place: str
    rate: float | None = Field(description="percent of the indicator's population; else `count`")
    count: int | None
    start_day: str
    deadline_day: str
    document: str
    wording: str


class TargetIn(In):
    """Either `rate` or `count`."""

    indicator: Annotated[str, Field(max_length=48)]
    place: Place
    rate: Percent | None = None
    count: Count | None = None
    start_day: Day
    deadline_day: Day
    document: Line
    wording: Line = ""


class DenominatorOut(Versioned):
    place: str
    population: Population
    value: int
    as_of_day: str
    source: str


class DenominatorIn(In):
    place: Place
    population: Population
    value: Count
    as_of_day: Day
    source: Line


class FigureOut(Versioned):
    indicator: str
    place: str
    first_day: str | None = Field(description="null: cumulative up to `day`; else of these days alone")
    day: str
    count: int | None
    rate: float | None
    source: str
    officer: str
    note: str


class FigureIn(In):
    """A count, a rate or both, as reported."""

    indicator: Annotated[str, Field(max_length=48)]
    place: Place
    first_day: Day | None = None
    day: Day
    count: Count | None = None
    rate: Percent | None = None
    source: Line
    officer: Line = ""
    note: Annotated[str, Field(max_length=1_000)] = ""


class CampaignOut(BaseModel):
    id: int
    name: str
    first_day: str
    last_day: str


class CampaignIn(In):
    name: Annotated[str, Field(max_length=160)]
    first_day: Day
    last_day: Day


class VillageOut(BaseModel):
    id: int
    commune: str
    name: str
    archived: bool


class VillageIn(In):
    commune: Annotated[str, Field(pattern=r"^\d{5}$")]
    name: Annotated[str, Field(max_length=120)]


class Done(BaseModel):
    """What became of each value, in the order sent."""

    results: list[Put]


Targets = Annotated[list[TargetIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
Denominators = Annotated[list[DenominatorIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
Figures = Annotated[list[FigureIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
Villages = Annotated[list[VillageIn], Field(min_length=1, max_length=MOST_AT_ONCE)]
