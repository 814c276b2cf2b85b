"""What the learners share that keep a table and play episodes: behaviour, its plain time average, checkpoints."""

import numpy as np

from olivebranch.agents.average import AveragePeriod
from olivebranch.agents.checkpoint import State
from olivebranch.agents.settings import SampledSettings
from olivebranch.agents.tabular.parts.history_tables import HistoryTables
from olivebranch.agents.visits import Visits
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.theory.tree.profiles import BehaviourProfile


class TableLearner:
    """Learns a table, from which behaviour follows.

    Attributes:
        tables: the game in the form in which a row is an information set.
        memory: what the algorithm keeps at each action, a table (see :class:`HistoryTables`).
        generator: of all that it draws.
        done: updates so far.
        visits: told what is played, if anybody wants to know.
    """

    def __init__(self, game: CompiledGame, settings: SampledSettings, average_from: float, seed: int) -> None:
        self._period = AveragePeriod(settings.updates(), average_from)
        self.generator = np.random.default_rng(seed)
        self.tables = HistoryTables(game)
        self._uniform = self.tables.uniform()
        self.memory: FloatArray = np.zeros_like(self._uniform)
        self.done, self._summed = 0, 0
        self._sum = np.zeros_like(self.memory)
        self.visits: Visits | None = None

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self._period.total_updates

    @property
    def progress(self) -> float:
        """The share of the updates that are done."""
        return self.done / self.total_updates

    @property
    def behaviour(self) -> FloatArray:
        """The probabilities that follow from ``memory`` now; zero rows where nobody acts."""
        raise NotImplementedError

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`."""
        self.visits = visits

    def _met(self, count: IntArray) -> None:
        """Tell what was played in this update: how often each action was taken, a table."""
        if self.visits is not None:
            self.visits.add(count)

    def _remember(self, behaviour: FloatArray | None = None) -> None:
        """Add ``behaviour``, or that of now, to the average if its time has come."""
        if self.done >= self._period.first:
            self._sum += self.behaviour if behaviour is None else behaviour
            self._summed += 1

    def policies(self) -> dict[str, BehaviourProfile]:
        """See :class:`Learner`; the average is the plain mean of behaviour over the updates since ``average_from``."""
        now = self.behaviour
        average = self._sum / self._summed if self._summed else now
        return {"last": self.tables.profile(now), "average": self.tables.profile(average)}

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "memory": self.memory,
            "sum": self._sum,
            "summed": self._summed,
            "generator": self.generator.bit_generator.state,
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done, self.memory = state["done"], state["memory"]
        self._sum, self._summed = state["sum"], state["summed"]
        self.generator.bit_generator.state = state["generator"]
