"""What the learners share that read the whole tree in each step: tables by stage, the average, checkpoints."""

from collections.abc import Sequence

from olivebranch.agents.checkpoint import State
from olivebranch.agents.learner import Profile
from olivebranch.agents.policies.lookup import InformationSetRows
from olivebranch.agents.settings_base import ExactSettings
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.histories import RealArray, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile
from olivebranch.theory.tree.steps import accumulate, average_profile


class ExactLearner:
    """Begins with uniform play in all seats; draws nothing, so seeds make no difference.

    Attributes:
        tree: the histories.
        tables: behaviour now, by stage; see :class:`BehaviourProfile`.
        memory: what else the algorithm keeps at each action, by stage: regrets, logits.
        sums: behaviour so far weighted with own reach; the average in the sense of sequence form (Kuhn 1953).
        done: steps taken.
    """

    def __init__(self, game: CompiledGame, settings: ExactSettings, seed: int) -> None:
        self._steps = settings.updates()
        self.tree = unroll(game)
        self.tables: list[RealArray] = [table.copy() for table in uniform_profile(self.tree).stages]
        self.memory: list[RealArray] = [0.0 * table for table in self.tables]
        self.sums: list[RealArray] = [0.0 * table for table in self.tables]
        self.done = 0
        self._rows = InformationSetRows(self.tree)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self._steps

    @property
    def progress(self) -> float:
        """Share of the steps that are done."""
        return self.done / self._steps

    @property
    def profile(self) -> BehaviourProfile:
        """Behaviour now; a view."""
        return BehaviourProfile(self.tree, tuple(self.tables))

    def update(self) -> None:
        """See :class:`Learner`."""
        self._step()
        self.done += 1

    def _step(self) -> None:
        raise NotImplementedError

    def _add(self, own: Sequence[RealArray], weight: float = 1.0, part: slice | None = None) -> None:
        """Add behaviour now to the average, of one player's columns or of all."""
        columns = part if part is not None else slice(0, self.tree.n_all_types)
        for total, table, reach in zip(self.sums, self.tables, own, strict=True):
            accumulate(total, table, reach, weight, columns.start, columns.stop)

    def average(self) -> BehaviourProfile:
        """The average so far; uniform where it never arrives."""
        return average_profile(self.tree, self.sums)

    def policies(self) -> dict[str, Profile]:
        """See :class:`Learner`; the average weights each step with the seat's own reach."""
        return {"last": self._rows.policies(self.profile), "average": self._rows.policies(self.average())}

    def state(self) -> State:
        """See :class:`Learner`."""
        return {"done": self.done, "tables": self.tables, "memory": self.memory, "sums": self.sums}

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done = state["done"]
        self.tables, self.memory, self.sums = state["tables"], state["memory"], state["sums"]
