"""Stable-Baselines3 in self-play: every seat has a model of its own, trained in turn against the others' recent past.

Raffin et al., "Stable-Baselines3: reliable reinforcement learning implementations", JMLR 22 (2021); MaskablePPO is
that of sb3-contrib. In each update every seat in turn collects a batch of its own decisions and learns from it, while
the others draw, for each play, one of their last ``pool`` snapshots. With a pool of one this is independent learning
in alternation; a larger one is a short-memory kind of fictitious play (compare Heinrich, Lanctot and Silver,
"Fictitious self-play in extensive-form games", ICML 2015).
"""

from collections import deque
from typing import Any, ClassVar

import numpy as np

from olivebranch.agents.average import AveragePeriod, TimeAverage
from olivebranch.agents.checkpoint import State
from olivebranch.agents.policies.behaviour import Policies
from olivebranch.agents.sb3.parts.policy import SB3Policy
from olivebranch.agents.sb3.parts.randomness import GlobalRandomness
from olivebranch.agents.sb3.parts.seat import SeatModel
from olivebranch.agents.sb3.parts.settings import SB3Settings
from olivebranch.agents.visits import Visits
from olivebranch.games.base import CompiledGame


class SelfPlay:
    """One Stable-Baselines3 model in every seat of a game. A subclass says of which algorithm.

    Both profiles of :meth:`policies` are found behaviour, not proven: actor-critic methods with a falling entropy
    bonus come near mixed equilibria in their last iterate, without a guarantee (policy gradients in self-play may
    cycle).

    Attributes:
        settings_class: see :class:`Learner`.
        seat_class: the class of the models.
    """

    settings_class: ClassVar[type[SB3Settings]]
    seat_class: ClassVar[type[SeatModel[Any]]]

    def __init__(self, game: CompiledGame, settings: SB3Settings, seed: int) -> None:
        self.game, self.settings = game, settings
        # below 2**31, because the library seeds action spaces with them
        seeds = (np.random.SeedSequence(seed).generate_state(1 + 2 * game.n_players) >> 1).tolist()
        self.randomness = GlobalRandomness(seeds[0])
        with self.randomness.in_use():
            self.seats = [
                self.seat_class(game, seat, settings, for_play, for_model)
                for seat, (for_play, for_model) in enumerate(zip(seeds[1::2], seeds[2::2], strict=True))
            ]
        self.done = 0
        self._average = TimeAverage(AveragePeriod(self.total_updates, settings.average_from), settings.snapshots)
        self._recent = deque([self._snapshot()], maxlen=settings.pool)

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`."""
        with self.randomness.in_use():
            for number, seat in enumerate(self.seats):
                seat.learn(self._opponents(number), self._progress)
        self.done += 1
        self._remember()
        if self._average.is_due(self.done):
            self._average.add(self._snapshot())

    def watch(self, visits: Visits) -> None:
        """See :class:`olivebranch.agents.visits.Watchable`; each seat counts in the plays from which it learns."""
        for number, seat in enumerate(self.seats):
            plays = seat.environment.seats.batch
            plays.watcher = visits.in_plays(plays.size, [number])

    def _opponents(self, seat: int) -> list[dict[str, SB3Policy]]:
        """The pool that ``seat`` plays against."""
        players = self.game.game.players
        return [
            {name: policy for other, (name, policy) in enumerate(zip(players, recent, strict=True)) if other != seat}
            for recent in self._recent
        ]

    def _remember(self) -> None:
        """Put what the models do now into the recent past, in place of the oldest snapshot where that is full."""
        if len(self._recent) < self.settings.pool:
            self._recent.append(self._snapshot())
            return
        self._recent.rotate(-1)
        for old, seat in zip(self._recent[-1], self.seats, strict=True):
            seat.refresh(old, self._progress)

    @property
    def _progress(self) -> float:
        return self.done / self.total_updates

    def _snapshot(self) -> tuple[SB3Policy, ...]:
        return tuple(seat.policy(self._progress) for seat in self.seats)

    def policies(self) -> dict[str, Policies]:
        """See :class:`Learner`; the average is that of copies taken evenly over training since ``average_from``.

        It is the plain mean of behaviour at each information set, not weighted by reach (:class:`TimeAverage`).
        """
        last = self._snapshot()
        return {"last": last, "average": self._average.profile(last)}

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "randomness": self.randomness.state(),
            "seats": [seat.state() for seat in self.seats],
            "recent": list(self._recent),
            "average": self._average.state(),
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done = state["done"]
        self.randomness.restore(state["randomness"])
        for seat, saved in zip(self.seats, state["seats"], strict=True):
            seat.restore(saved)
        self._recent = deque([tuple(profile) for profile in state["recent"]], maxlen=self.settings.pool)
        self._average.restore(state["average"])
