"""Populations of learners on the talks game, trained on the spot and looked at on the way.

Learners are independent Q-learners (:mod:`olivebranch.agents.stacked.q_learning`) whose exploration and step size stay
the same from the first play to the last. So a training that is cut short is the beginning of a longer one with the same
seed, play for play, and what learners do after n plays is found by training them for n plays.
"""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.core.errors import ParameterError, known_key, one_of
from olivebranch.games.base import FloatArray
from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.talks.distance import distance
from olivebranch.theory.talks.kernel import ROWS, decisive_quantities
from olivebranch.theory.talks.regions import default_range
from olivebranch.theory.talks.solve import TalksEquilibrium, solve_talks

EXPLORATIONS = ("blind", "loss")
STARTS = ("nothing", "war")
PLACES = ("here", "map")
RATE, TEMPERATURE, STEP = 0.05, 0.05, 0.05
NEAR = 0.1  # total variation, on the path: half of what blind exploration moves, and some
LARGEST = {"learners": 400, "plays": 1_000_000}
FIRST_LOOK = 30  # plays
GROWTH = 1.5  # from one look to the next


@dataclass(frozen=True)
class TrainingRequest:
    """What to train.

    Attributes:
        parameters: of the game.
        exploration: ``"blind"``: a twentieth of all actions are drawn evenly; ``"loss"``: Boltzmann, so that an action
            is tried the less the more it loses.
        start: ``"nothing"``: every action value is zero; ``"war"``: both types fight on, and the receiver escalates on
            an offer, which it takes for weakness.
        place: ``"here"``: all learners play this game; ``"map"``: each plays at a place of its own, drawn evenly over
            the ranges of ``x`` and ``y``.
        x, y: parameters, for ``"map"``.
        learners: how many.
        plays: how often each plays.
        seed: of the generator.
    """

    parameters: TalksParameters
    exploration: str = "blind"
    start: str = "nothing"
    place: str = "here"
    x: str = "pressure"
    y: str = "escalation_cost"
    learners: int = 100
    plays: int = 100_000
    seed: int = 0

    def __post_init__(self) -> None:
        for key, choices in (("exploration", EXPLORATIONS), ("start", STARTS), ("place", PLACES)):
            if getattr(self, key) not in choices:
                raise ParameterError(key, getattr(self, key), one_of(choices, getattr(self, key)))
        for key in ("x", "y"):
            if getattr(self, key) not in TalksColumns._fields:
                raise ParameterError(key, getattr(self, key), one_of(TalksColumns._fields, getattr(self, key)))
        if self.x == self.y:
            raise ParameterError("y", self.y, "a parameter other than x")
        for key, most in (*LARGEST.items(), ("seed", 2**31)):
            value = getattr(self, key)
            if (
                not isinstance(value, int)
                or isinstance(value, bool)
                or not (0 if key == "seed" else 1) <= value <= most
            ):
                raise ParameterError(key, value, f"a whole number up to {most:,}")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "TrainingRequest":
        """From JSON. Raises :class:`ParameterError` for what does not fit."""
        known = [*cls.__dataclass_fields__]
        for key in values:
            if key not in known:
                raise ParameterError(str(key), values[key], known_key(known, key))
        given = dict(values)
        parameters = given.pop("parameters", None)
        if not isinstance(parameters, Mapping):
            raise ParameterError("parameters", parameters, "a mapping")
        return cls(parameters=TalksParameters.from_mapping(parameters), **given)

    @property
    def looks(self) -> list[int]:
        """After how many plays the population is looked at, ascending; the last is ``plays``."""
        found, n = [], float(min(FIRST_LOOK, self.plays))
        while round(n) < self.plays:
            found.append(round(n))
            n *= GROWTH
        return [*found, self.plays]


@dataclass(frozen=True)
class Frame:
    """A population at one time.

    Attributes:
        plays: how often each learner has played.
        play: probabilities of an offer by the high and the low type, and of escalation after an offer and after
            fighting, exploration included, ``[learners, 4]``.
        nearest: the place in ``ROWS`` of the component whose outcome is nearest, ``[learners]``; -1 where none of the
            learner's game is within ``NEAR``.
    """

    plays: int
    play: FloatArray
    nearest: tuple[int, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; probabilities to three decimals."""
        return {"plays": self.plays, "play": np.round(self.play, 3).tolist(), "nearest": list(self.nearest)}


def games_of(request: TrainingRequest) -> tuple[list[TalksParameters], FloatArray]:
    """The learners' games, and their places on the map, ``[learners, 2]`` (empty for ``"here"``)."""
    if request.place == "here":
        return [request.parameters], np.zeros((0, 2))
    generator = np.random.default_rng(request.seed)
    base = request.parameters.as_dict()
    x_range, y_range = (default_range(name, request.parameters) for name in (request.x, request.y))
    games: list[TalksParameters] = []
    places: list[tuple[float, float]] = []
    while len(games) < request.learners:
        x, y = generator.uniform(*x_range), generator.uniform(*y_range)
        changed = base | {request.x: float(x), request.y: float(y)}
        if changed["loss_high"] < changed["loss_low"] and changed["sender_dividend"] > 0:
            games.append(TalksParameters(**changed))
            places.append((float(x), float(y)))
    return games, np.array(places)


def frames(request: TrainingRequest) -> Iterator[Frame]:
    """Train, and look at the population from time to time."""
    from olivebranch.agents.stacked.games import StackedGames, run_states
    from olivebranch.agents.stacked.q_learning import learn
    from olivebranch.agents.stacked.start import UNIFORM, ProfileStart, Start
    from olivebranch.agents.tabular.q_learning import QLearningSettings

    games, _ = games_of(request)
    stacked = StackedGames.of_talks(games)
    components = [solve_talks(game).equilibria for game in games]
    seeds = request.learners if request.place == "here" else 1
    states = run_states(request.seed, 0, len(games), seeds)
    start: Start = UNIFORM
    if request.start == "war":
        escalates = [decisive_quantities(TalksColumns.of([g])) for g in games]
        replies = np.array(
            [[[1.0 - (d.fight_prior[0] > 0), d.fight_prior[0] > 0], [1.0 - (d.offer_low[0] > 0), d.offer_low[0] > 0]]
             for d in escalates], dtype=np.float64,
        )  # fmt: skip
        start = ProfileStart(np.tile([1.0, 0.0], (len(games), 2, 1)), replies)
    settings: dict[str, Any] = {"batch": 1, "learning_rate": STEP, "average_from": 0.8}
    settings |= (
        {"exploration": "epsilon-greedy", "epsilon": RATE}
        if request.exploration == "blind"
        else {"exploration": "boltzmann", "temperature": TEMPERATURE, "epsilon": 0.0}
    )
    for plays in request.looks:
        outcome = learn(stacked, QLearningSettings(episodes=plays, **settings), states, start)
        sender = outcome.last.sender.reshape(-1, 2, 2)[:, :, 1]
        receiver = outcome.last.receiver.reshape(-1, 2, 2)[:, ::-1, 1]
        play: FloatArray = np.concatenate([sender, receiver], axis=1)
        nearest = tuple(
            nearest_row(row, games[k // seeds], components[k // seeds]) for k, row in enumerate(play.tolist())
        )
        yield Frame(plays, play, nearest)


def nearest_row(play: list[float], game: TalksParameters, components: tuple[TalksEquilibrium, ...]) -> int:
    """The place in ``ROWS`` of the component whose outcome is nearest to play, -1 if none is near."""
    prior = np.array([game.prior_high, 1 - game.prior_high])
    rows = [c for c in components if c.name in ROWS]  # on knife edges the table may have none
    gaps = {c.name: distance(prior, TalksBehaviour(*play), c).on_path for c in rows}
    name = min(gaps, key=gaps.__getitem__, default="")
    return ROWS.index(name) if name and gaps[name] <= NEAR else -1


def serve(line: str, write: Callable[[str], object]) -> None:
    """Train what one line of JSON asks for, and write a line of JSON for each frame."""
    request = TrainingRequest.from_mapping(json.loads(line))
    _, places = games_of(request)
    write(json.dumps({"looks": request.looks, "places": np.round(places, 5).tolist()}) + "\n")
    for frame in frames(request):
        write(json.dumps(frame.as_dict()) + "\n")


def main() -> None:
    """A process of its own, so that a training that is cancelled is over at once."""

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    serve(sys.stdin.readline(), write)


if __name__ == "__main__":
    main()
