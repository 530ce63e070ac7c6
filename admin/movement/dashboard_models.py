"""The JSON of the movement's dashboards, as OpenAPI shows it.

Holds no behaviour.
"""

from pydantic import BaseModel, Field


class CountsOut(BaseModel):
    """What stands in a cell: exact."""

    facts: int
    visits: int = Field(description="Heads: facts of a person count one, headcounts as many as were counted.")
    people: int = Field(description="Different known persons.")
    anonymous: int = Field(description="Visits of heads counted without names; part of visits, never of people.")


class PeriodOut(BaseModel):
    """Days are local (UTC+7), both included; null: without end."""

    kind: str = Field(description="all, campaign, week or day")
    key: str = Field(description="What to pass as `period` to get the same again.")
    first_day: str | None
    last_day: str | None
    name: str


class IndicatorOut(BaseModel):
    """One indicator today, cumulative. Rates are percent."""

    key: str
    wording_vi: str
    wording_en: str
    measured: bool = Field(description="False: reported by others, never counted here.")
    unit: str
    population: str
    status: str
    count: int | None
    rate: float | None
    denominator: int | None
    goal: int | None
    goal_rate: float | None
    expected_rate: float | None
    deadline_day: str | None
    source: str | None
    as_of_day: str | None


class SummaryOut(BaseModel):
    """One place in one period. Maps leave out what is nothing."""

    period: PeriodOut
    place: str = Field(description="p, or c: and the commune's code")
    counted_at: int = Field(description="UTC ms at which the counts were last written; 0: never.")
    seq: int = Field(description="The last fact of the stream (GET /api/feed) that is in the counts.")
    total: CountsOut
    kinds: dict[str, CountsOut]
    groups: dict[str, CountsOut] = Field(description="'-' is unknown.")
    skills: dict[str, CountsOut]
    ages: dict[str, CountsOut]
    measured: dict[str, CountsOut] = Field(description="The cells of the measured indicators in this period.")
    indicators: list[IndicatorOut]


class CommuneLine(BaseModel):
    code: str = Field(description="'-': facts that name no commune")
    name: str
    counts: CountsOut


class CommunesOut(BaseModel):
    """Every commune, also those with nothing; with '-' they add up to the province (facts and visits)."""

    period: PeriodOut
    counted_at: int
    seq: int
    communes: list[CommuneLine]


class VillageLine(BaseModel):
    id: int
    name: str
    counts: CountsOut


class TeamOut(BaseModel):
    id: int
    name: str
    members: int
    sessions: int
    counts: CountsOut


class CommuneOut(SummaryOut):
    code: str
    name: str
    villages: list[VillageLine]
    teams: list[TeamOut]


class PostOut(BaseModel):
    id: int
    kind: str
    title: str
    guests: int
    heads: int


class ActOut(BaseModel):
    id: int
    kind: str
    title: str
    people: int
    units: int
    words: int
    fired: bool


class FestivalNowOut(BaseModel):
    """A festival as it stands."""

    id: int
    slug: str
    title: str
    counted_at: int
    seq: int
    total: CountsOut
    today: CountsOut = Field(description="Check-ins of this local day.")
    kinds: dict[str, CountsOut]
    groups: dict[str, CountsOut]
    skills: dict[str, CountsOut]
    ages: dict[str, CountsOut]
    posts: list[PostOut]
    acts: list[ActOut]
    communes: dict[str, int] = Field(description="Guests checked in by commune; '-' unknown.")
