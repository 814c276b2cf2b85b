"""One look at a learner: what was measured, and its line in ``metrics.jsonl``.

A line is one flat JSON object: ``update``, ``episodes``, and under ``POLICY/...``, for each policy (``last``,
``average``), ``nash_conv``, ``payoff/PLAYER``, ``gain/PLAYER`` and ``probability/PLAYER/TYPE/STATE/ACTION``. Beside
them ``diagnostics/...`` holds what a learner tells of its last update, where it does (networks: ``PLAYER/kl`` and so
on, see :mod:`olivebranch.agents.deep.parts.diagnostics`). In names ``/`` is written ``%2F``, and ``%`` is written
``%25``. Nothing but this module builds or reads these keys.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

METRICS = "metrics.jsonl"  # the file, in the folder of a seed
DIAGNOSTICS = "diagnostics"
NASH_CONV, PAYOFF, GAIN, PROBABILITY = "nash_conv", "payoff", "gain", "probability"


class Choice(NamedTuple):
    """An action at a decision, by the game's own names."""

    player: str
    own_type: str
    state: str
    action: str


@dataclass(frozen=True)
class PolicyMetrics:
    """What was measured of one policy. Payoffs are in the game's own units.

    Attributes:
        nash_conv: the sum of the players' gains.
        payoffs: expected payoff of each player, by name.
        gains: what a best response would add, by player.
        probabilities: of each legal action at each decision; empty in games with many information sets.
    """

    nash_conv: float
    payoffs: Mapping[str, float]
    gains: Mapping[str, float]
    probabilities: Mapping[Choice, float]


@dataclass(frozen=True)
class Measurement:
    """What was measured of a learner at one time.

    Attributes:
        update: how many updates had been made.
        episodes: how many episodes had been played; 0 if the learner plays none.
        policies: by name: ``last``, and ``average`` where the learner keeps one.
        diagnostics: what the learner tells of its last update, by name; parts of a name are separated by ``/``.
    """

    update: int
    episodes: int
    policies: Mapping[str, PolicyMetrics]
    diagnostics: Mapping[str, float] = field(default_factory=dict)

    @property
    def step(self) -> int:
        """What to draw it over: episodes, or updates where none are played."""
        return self.episodes or self.update

    def scalars(self) -> dict[str, float]:
        """All numbers that were measured, by their keys in a line."""
        measured = {
            "/".join(map(_escaped, (policy, *where))): value
            for policy, metrics in self.policies.items()
            for where, value in _numbers(metrics)
        }
        return measured | {f"{DIAGNOSTICS}/{name}": value for name, value in self.diagnostics.items()}

    def to_line(self) -> str:
        """Its line in ``metrics.jsonl``, without the end of the line."""
        return json.dumps({"update": self.update, "episodes": self.episodes, **self.scalars()})

    @classmethod
    def from_line(cls, line: str) -> "Measurement":
        """The inverse of :meth:`to_line`. Raises ValueError, with the reason, if it is no such line."""
        values = json.loads(line)
        if not isinstance(values, dict):
            raise ValueError("not a JSON object")
        found: dict[str, dict[str, dict[tuple[str, ...], float]]] = {}
        told: dict[str, float] = {}
        for key, value in values.items():
            if not isinstance(value, int | float) or isinstance(value, bool):
                raise ValueError(f"{key} = {value!r}: expected a number")
            if key.startswith(f"{DIAGNOSTICS}/"):
                told[key.removeprefix(f"{DIAGNOSTICS}/")] = value
                continue
            policy, *where = (_unescaped(part) for part in key.split("/"))
            if where:
                found.setdefault(policy, {}).setdefault(where[0], {})[tuple(where[1:])] = value
        for key in ("update", "episodes"):
            if not isinstance(values.get(key), int):
                raise ValueError(f"{key} = {values.get(key)!r}: expected a whole number")
        policies = {policy: _metrics(policy, numbers) for policy, numbers in found.items()}
        return cls(values["update"], values["episodes"], policies, told)


def _numbers(metrics: PolicyMetrics) -> Iterator[tuple[tuple[str, ...], float]]:
    yield (NASH_CONV,), metrics.nash_conv
    for player, payoff in metrics.payoffs.items():
        yield (PAYOFF, player), payoff
        yield (GAIN, player), metrics.gains[player]
    for choice, probability in metrics.probabilities.items():
        yield (PROBABILITY, *choice), probability


def _metrics(policy: str, numbers: Mapping[str, Mapping[tuple[str, ...], Any]]) -> PolicyMetrics:
    lengths = {NASH_CONV: 0, PAYOFF: 1, GAIN: 1, PROBABILITY: len(Choice._fields)}
    for name, values in numbers.items():
        for where in values:
            if len(where) != lengths.get(name):
                raise ValueError(f"{'/'.join((policy, name, *where))}: not a metric")
    if NASH_CONV not in numbers:
        raise ValueError(f"no {NASH_CONV} of {policy!r}")
    payoffs, gains = ({where[0]: value for where, value in numbers.get(name, {}).items()} for name in (PAYOFF, GAIN))
    if payoffs.keys() != gains.keys():
        raise ValueError(f"payoffs and gains of {policy!r} are of different players")
    return PolicyMetrics(
        nash_conv=numbers[NASH_CONV][()],
        payoffs=payoffs,
        gains=gains,
        probabilities={Choice(*where): value for where, value in numbers.get(PROBABILITY, {}).items()},
    )


def _escaped(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F")


def _unescaped(name: str) -> str:
    return name.replace("%2F", "/").replace("%25", "%")
