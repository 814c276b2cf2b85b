"""The learners that can be stacked, by kind: one module of this folder each, imported when first needed."""

from importlib import import_module
from typing import Protocol, TypeVar, cast

from olivebranch.agents.settings import Settings
from olivebranch.agents.stacked.games import StackedGames, StackedOutcome, States
from olivebranch.agents.stacked.start import UNIFORM, BestResponse, Start
from olivebranch.core.errors import ParameterError, one_of

Chosen = TypeVar("Chosen", bound=Settings, contravariant=True)


class StackedLearner(Protocol[Chosen]):
    """Trains both seats in many games, and in many runs of each, at once."""

    def __call__(
        self,
        games: StackedGames,
        settings: Chosen,
        states: States,
        start: Start = UNIFORM,
        response: BestResponse | None = None,
    ) -> StackedOutcome:
        """Train.

        Args:
            games: the games.
            settings: of the ordinary learner of the same kind, which this one equals in law; where nothing is drawn, to
                rounding.
            states: of the runs' generators, ``[games, seeds, 2]``; see
                :func:`olivebranch.agents.stacked.games.run_states`. They are left as they are. What becomes of a run
                depends on its game and its generator alone, for networks on all that is trained together.
            start: where play begins.
            response: puts a receiver that responds best in the place of the one that learns. ``memory.receiver`` of the
                outcome is then its behaviour.

        Raises:
            ParameterError: a setting or the start is one that the stacked form does not know.
        """
        ...


MODULES = {
    "cfr": "cfr",
    "cfr+": "cfr_plus",
    "ewa": "ewa",
    "exp3": "exp3",
    "fictitious-play": "fictitious_play",
    "hedge": "hedge",
    "magnetic-mirror-descent": "magnetic_mirror_descent",
    "ppo": "ppo",
    "q-learning": "q_learning",
    "replicator": "replicator",
    "roth-erev": "roth_erev",
}


def stacked_learner(kind: str) -> StackedLearner[Settings]:
    """The stacked form of a kind of learner.

    Raises:
        ParameterError: there is none.
    """
    if kind not in MODULES:
        raise ParameterError("kind", kind, one_of(MODULES, kind))
    return cast(StackedLearner[Settings], import_module(f"olivebranch.agents.stacked.{MODULES[kind]}").learn)
