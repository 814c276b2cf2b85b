"""What the training loop asks of a learner."""

from collections.abc import Mapping
from typing import ClassVar, Literal, Protocol

from olivebranch.agents.checkpoint import State
from olivebranch.agents.policies.behaviour import LearnedPlay
from olivebranch.agents.settings import Settings
from olivebranch.games.base import CompiledGame

Answer = Literal["last", "average"]


class Learner(Protocol):
    """Learns in all seats of a game at once. All its randomness comes from the seed it was made with.

    A class may also say by ``answer``, ``last`` or ``average``, which of its policies its theory or its paper is about;
    where it does not, that is ``last`` (:class:`olivebranch.agents.registry.FoundLearner`). And it may have a method
    ``diagnostics()``, numbers by name about the last update, which are kept in a run and drawn by TensorBoard. To ask
    for them changes nothing, as with :meth:`policies`.

    Attributes:
        settings_class: the class of the settings that it is made with.
    """

    settings_class: ClassVar[type[Settings]]

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


class LearnerClass(Protocol):
    """A class of learners, as a registry hands it out: called with game, settings and seed, it makes a learner."""

    settings_class: type[Settings]

    def __call__(self, game: CompiledGame, settings: Settings, seed: int) -> Learner:
        """Make a learner of ``game``."""
        ...
