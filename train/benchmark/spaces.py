"""Random settings from published ranges: what tuning tries.

A file ``configs/benchmark/spaces/KIND.yaml`` has, under ``settings``, one entry for each setting that is drawn:

==================================  ==================================================================================
``{range: [0.001, 0.1]}``           uniform between both; with ``log: true`` in the logarithm, with ``whole: true``
whole ``{choices: [1, 2, 4]}``            one of them
``end: [1.0, 0.1]`` beside a range  a schedule that falls geometrically to one of these shares of what was drawn
==================================  ==================================================================================

and under ``sources`` where the ranges are from.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from olivebranch.agents.registry import parse_settings
from olivebranch.core.errors import ParameterError
from olivebranch.core.files import write_bytes
from olivebranch.train.config import read_values, validated


class Drawn(BaseModel):
    """How one setting is drawn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    range: tuple[float, float] | None = None
    log: bool = False
    whole: bool = False
    choices: tuple[Any, ...] | None = Field(default=None, min_length=1)
    end: tuple[Annotated[float, Field(gt=0, le=1)], ...] | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> "Drawn":
        if (self.range is None) == (self.choices is None):
            raise ValueError("either a range or choices")
        if self.range is None:
            if self.log or self.whole or self.end is not None:
                raise ValueError("log, whole and end beside a range only")
        elif not self.range[0] < self.range[1] or (self.log and self.range[0] <= 0):
            raise ValueError("a range that rises, above zero where it is logarithmic")
        return self

    def draw(self, generator: np.random.Generator) -> Any:
        """One value."""
        if self.choices is not None:
            return self.choices[int(generator.integers(len(self.choices)))]
        assert self.range is not None
        low, high = np.log(self.range) if self.log else self.range
        drawn = float(generator.uniform(low, high))
        value = float(f"{np.exp(drawn) if self.log else drawn:.3g}")  # as it is written is as it is used
        if self.whole:
            return max(1, round(value))
        if self.end is None:
            return value
        share = self.end[int(generator.integers(len(self.end)))]
        return value if share == 1 else {"start": value, "end": float(f"{value * share:.3g}"), "shape": "geometric"}


class Space(BaseModel):
    """The ranges of one kind of learner."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    sources: tuple[str, ...] = Field(min_length=1)
    settings: dict[str, Drawn]

    def trials(self, number: int, seed: int) -> tuple[dict[str, Any], ...]:
        """So many settings, the defaults first; the k-th does not depend on how many there are.

        Raises:
            ParameterError: a draw is none of the learner's settings.
        """
        found: list[dict[str, Any]] = [{}]
        for trial in range(1, number):
            generator = np.random.default_rng([seed, trial, *self.kind.encode()])
            found.append({name: drawn.draw(generator) for name, drawn in self.settings.items()})
            parse_settings({"kind": self.kind, **found[-1]})
        return tuple(found[:number])


def read_space(path: Path) -> Space:
    """Read the ranges of a kind. Raises :class:`ParameterError`."""
    return validated(Space, read_values(path))


def write_trials(kind: str, seed: int, trials: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write trials as YAML, one in each line."""
    lines = [f"kind: {kind}", f"seed: {seed}", "trials:"]
    lines += [f"- {yaml.safe_dump(dict(one), default_flow_style=True, width=10**6).strip()}" for one in trials]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, ("\n".join(lines) + "\n").encode())


def read_trials(path: Path, kind: str) -> tuple[dict[str, Any], ...]:
    """Read them again. Raises :class:`ParameterError`: they cannot be read, or are those of another kind."""
    values = read_values(path)
    trials = values.get("trials")
    if values.get("kind") != kind or not isinstance(trials, list) or not all(isinstance(one, dict) for one in trials):
        raise ParameterError("trials", str(path), f"kind: {kind}, and a list of settings under trials")
    for one in trials:
        parse_settings({"kind": kind, **one})
    return tuple(trials)
