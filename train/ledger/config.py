"""What a claims ledger is: which learners, on how many games, from which seed."""

from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from olivebranch.agents.registry import LearnerSettings
from olivebranch.agents.settings import Settings
from olivebranch.agents.stacked.registry import MODULES
from olivebranch.agents.validation import NAME
from olivebranch.core.errors import ParameterError, one_of

Which = Literal["last", "average"]


class LedgerLearner(BaseModel):
    """A learner of the ledger.

    Attributes:
        learner: its kind and settings.
        play: which of its behaviours is judged: that of the end, or the time average.
        games: most games of each sample; None for all of the ledger's. Slow learners take the first ones.
        seeds: runs in each game.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    learner: LearnerSettings
    play: Which = "last"
    games: int | None = Field(default=None, ge=1, description="most games of each sample")
    seeds: int = Field(default=1, ge=1, description="runs in each game")

    @field_validator("learner", mode="before")
    @classmethod
    def _kind_alone(cls, value: object) -> object:
        return {"kind": value} if isinstance(value, str) else value

    @property
    def kind(self) -> str:
        """The kind of learner, which names it in the ledger."""
        return self.learner.kind


def _entries(*rows: dict[str, Any]) -> tuple[LedgerLearner, ...]:
    return tuple(LedgerLearner(**row) for row in rows)


def _offer_learners() -> tuple[LedgerLearner, ...]:
    """All stackable kinds, at their default settings. Regret minimisers and fictitious play promise something of their
    average; all others are judged by what they do at the end."""
    return _entries(
        {"learner": "q-learning", "seeds": 2},
        {"learner": {"kind": "q-learning", "exploration": "epsilon-greedy"}, "games": 500},
        {"learner": "exp3"},
        {"learner": "roth-erev"},
        {"learner": "cfr", "play": "average"},
        {"learner": "cfr+", "play": "average"},
        {"learner": "hedge", "play": "average"},
        {"learner": "magnetic-mirror-descent"},
        {"learner": "fictitious-play", "play": "average"},
        {"learner": "replicator"},
        {"learner": "ewa", "games": 250},
        {"learner": "ppo", "games": 100},
    )


def _war_learners() -> tuple[LedgerLearner, ...]:
    """Steps are fewer and larger than by default where that finds what longer runs find (docs/claims-learned.md)."""
    return _entries(
        {"learner": {"kind": "cfr+", "steps": 500}, "play": "average"},
        {"learner": {"kind": "hedge", "steps": 500}, "play": "average"},
        {
            "learner": {
                "kind": "magnetic-mirror-descent",
                "steps": 1000,
                "step_size": 1.0,
                "temperature": {"start": 0.1, "end": 0.001, "shape": "geometric"},
            }
        },
        {"learner": {"kind": "fictitious-play", "steps": 500}, "play": "average"},
        {"learner": {"kind": "replicator", "steps": 1000, "step_size": 0.5}},
        {"learner": {"kind": "q-learning", "episodes": 500_000}},
    )


class LedgerConfig(BaseModel):
    """A ledger. The defaults are the whole one: some half an hour on two cores.

    Attributes:
        name: of the folder.
        seed: of everything random.
        games: in each of the three samples (inside, edge, outside) of each statement about a single offer.
        learners: of these games.
        wars: by horizon, how many wars inside the condition of C10; as many as ``elsewhere`` says at its edge and
            outside, of the shortest horizon.
        patrons: wars with a patron, of two periods, inside the condition of C11.
        elsewhere: wars, and wars with a patron, at the edge and outside, each.
        war_learners: of wars.
        draws: random games for each check of the theory column.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="claims", pattern=NAME, description="of the folder")
    seed: int = Field(default=0, ge=0, description="of everything random")
    games: int = Field(default=1000, ge=1, description="in each sample of a statement about a single offer")
    learners: tuple[LedgerLearner, ...] = Field(default_factory=_offer_learners, min_length=1)
    wars: dict[int, int] = Field(default={2: 1000, 3: 100, 4: 10}, min_length=1, description="wars by horizon")
    patrons: int = Field(default=500, ge=1, description="wars with a patron")
    elsewhere: int = Field(default=100, ge=1, description="wars at the edge and outside, each")
    war_learners: tuple[LedgerLearner, ...] = Field(default_factory=_war_learners, min_length=1)
    draws: int = Field(default=100_000, ge=1, description="random games for each check of the theory column")

    @field_validator("learners")
    @classmethod
    def _stackable(cls, learners: tuple[LedgerLearner, ...]) -> tuple[LedgerLearner, ...]:
        for entry in learners:
            if entry.kind not in MODULES:
                raise ParameterError("kind", entry.kind, one_of(MODULES, entry.kind))
        return learners

    @field_validator("wars")
    @classmethod
    def _horizons(cls, wars: dict[int, int]) -> dict[int, int]:
        for horizon, count in wars.items():
            if horizon < 2 or count < 1:
                raise ParameterError(
                    "wars", f"{horizon}: {count}", "horizons of at least 2, each with a number of wars"
                )
        return wars

    @model_validator(mode="after")
    def _distinct(self) -> "LedgerConfig":
        for key in ("learners", "war_learners"):
            names = learner_names(getattr(self, key))
            if len(set(names)) < len(names):
                raise ParameterError(key, names, "learners with names of their own: give one entry a kind")
        return self

    def scaled(self, share: float) -> "LedgerConfig":
        """The same on a share of all games and wars (at least two of each), for a quick look.

        Raises:
            ParameterError: the share is not in (0, 1].
        """
        if not 0 < share <= 1:
            raise ParameterError("scale", share, "a number above 0 and at most 1")

        def fewer(count: int) -> int:
            return min(count, max(2, round(share * count)))

        learners = tuple(
            entry if entry.games is None else entry.model_copy(update={"games": fewer(entry.games)})
            for entry in self.learners
        )
        numbers = {key: fewer(getattr(self, key)) for key in ("games", "patrons", "elsewhere", "draws")}
        wars = {horizon: fewer(count) for horizon, count in self.wars.items()}
        return self.model_copy(update={**numbers, "wars": wars, "learners": learners})

    def as_yaml(self) -> str:
        """The resolved config as YAML, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json", exclude_none=True), sort_keys=False)


def learner_names(entries: tuple[LedgerLearner, ...]) -> tuple[str, ...]:
    """What the ledger calls each: its kind; of a Q-learner that explores otherwise than by default, that too."""
    return tuple(_name(entry.learner) for entry in entries)


def _name(settings: Settings) -> str:
    exploration = getattr(settings, "exploration", None)
    plain = not isinstance(exploration, str) or exploration == "boltzmann"
    return settings.kind if plain else f"{settings.kind}-{exploration}"
