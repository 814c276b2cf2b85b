"""What the training loop asks of a learner, and where each learner is to be found."""

from collections.abc import Mapping
from typing import Protocol

from olivebranch.agents.checkpoint import State
from olivebranch.agents.policies.behaviour import LearnedPlay
from olivebranch.agents.settings import LearnerSettings
from olivebranch.core.extras import import_for
from olivebranch.games.base import CompiledGame


class Learner(Protocol):
    """Learns in all seats of a game at once. All its randomness comes from the seed it was made with."""

    @property
    def total_updates(self) -> int:
        """How many times :meth:`update` is to be called; known beforehand, because schedules depend on it."""
        ...

    def update(self) -> None:
        """Collect some episodes and learn from them."""
        ...

    def policies(self) -> Mapping[str, LearnedPlay]:
        """Play as it is now: ``last``, and ``average`` where the learner keeps a time average.

        A learner that holds behaviour on the game's tree gives that as a profile, any other a policy for each seat.
        Later updates do not change what was given. Asking changes nothing: neither what is learned later nor what is
        drawn.
        """
        ...

    def state(self) -> State:
        """Everything that changes as it learns, generators included; see :mod:`olivebranch.agents.checkpoint`."""
        ...

    def restore(self, state: State) -> None:
        """Put back what :meth:`state` gave, in a learner made with the same game, settings and seed.

        From then on it does what the other would have done, bit by bit.
        """
        ...


# kind: module and class, imported when first met, so that a table learns without importing torch.
LEARNERS = {
    "q-learning": ("olivebranch.agents.tabular.q_learning", "QLearning"),
    "cfr": ("olivebranch.agents.tree.cfr", "CFR"),
    "cfr+": ("olivebranch.agents.tree.cfr", "CFR"),
    "fictitious-play": ("olivebranch.agents.tree.fictitious_play", "FictitiousPlay"),
    "psro": ("olivebranch.agents.tree.psro", "PSRO"),
    "magnetic-mirror-descent": ("olivebranch.agents.tree.mirror_descent", "MagneticMirrorDescent"),
    "hedge": ("olivebranch.agents.tree.hedge", "Hedge"),
    "replicator": ("olivebranch.agents.tree.replicator", "Replicator"),
    "exp3": ("olivebranch.agents.tabular.exp3", "Exp3"),
    "roth-erev": ("olivebranch.agents.tabular.roth_erev", "RothErev"),
    "ppo": ("olivebranch.agents.deep.ppo", "IndependentPPO"),
    "mappo": ("olivebranch.agents.deep.mappo", "MAPPO"),
    "ppo-mmd": ("olivebranch.agents.deep.ppo_mmd", "PPOMMD"),
    "r-nad": ("olivebranch.agents.deep.r_nad", "RNaD"),
    "nfsp": ("olivebranch.agents.deep.nfsp", "NFSP"),
    "sb3-ppo": ("olivebranch.agents.sb3.self_play", "SelfPlay"),
    "sb3-maskable-ppo": ("olivebranch.agents.sb3.self_play", "SelfPlay"),
    "sb3-recurrent-ppo": ("olivebranch.agents.sb3.self_play", "SelfPlay"),
    "sb3-a2c": ("olivebranch.agents.sb3.self_play", "SelfPlay"),
    "sb3-dqn": ("olivebranch.agents.sb3.self_play", "SelfPlay"),
}


def make_learner(game: CompiledGame, settings: LearnerSettings, seed: int) -> Learner:
    """The learner that ``settings`` describe. Raises :class:`MissingExtra` where its packages are not installed."""
    module, name = LEARNERS[settings.kind]
    learner: Learner = getattr(import_for(f"the learner {settings.kind!r}", module), name)(game, settings, seed)
    return learner
