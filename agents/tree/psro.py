"""Policy-space response oracles (PSRO).

Lanctot et al., "A unified game-theoretic approach to multiagent reinforcement learning", NeurIPS 2017 (arXiv
1711.00832), which generalises the double oracle method (McMahan, Gordon and Blum, ICML 2003). Every seat keeps a
population of policies, at first the starting play alone. A step finds a response of each seat to the others' present
mixture, adds it, and mixes anew by solving the meta-game between the populations, whose payoffs are exact. Here
responses are best responses on the tree: this is the double oracle, and no network takes part. Responses that are
learned are those of :mod:`olivebranch.agents.deep.deep_psro`.

With exact responses and the meta-solver ``nash`` it ends in an equilibrium of a two-player zero-sum game after
finitely many steps, though there may be many; with ``uniform`` it is fictitious play, which converges there too. In
other games it is an equilibrium wherever no response gains any more; but the meta-solvers there may miss the
equilibria of the meta-game, and then it stays where it is, short of one.
"""

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from olivebranch.agents.checkpoint import State
from olivebranch.agents.settings import ExactSettings, Settings
from olivebranch.agents.tree.parts.meta_game import SOLVERS, Mixtures, is_constant_sum
from olivebranch.agents.tree.parts.tree_learner import starting_play
from olivebranch.games.base import CompiledGame, FloatArray
from olivebranch.theory.tree.evaluation import best_response, evaluate, own_reach
from olivebranch.theory.tree.histories import RealArray, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile
from olivebranch.theory.tree.steps import accumulate, average_profile

Member = tuple[RealArray, ...]  # one seat's behaviour by stage, [n_histories, n_types of the seat, n_actions]


MetaSolver = Literal["nash", "uniform", "projected-replicator-dynamics"] | None


class PSROSettings(ExactSettings):
    """See :class:`PSRO`."""

    kind: Literal["psro"] = "psro"
    steps: int = Field(default=60, ge=1, description="responses of each seat")
    meta_solver: MetaSolver = Field(
        default=None, description="by default nash if two players' payoffs are constant-sum, else the replicator's"
    )


class PSRO:
    """Populations in all seats of a game.

    Attributes:
        tree: the histories.
        members: by seat, all different.
        found: by seat, how often each member was a response (the starting play: once); the weights of ``uniform``.
        payoffs: of the meta-game; see :mod:`olivebranch.agents.tree.parts.meta_game`. They are NaN with ``uniform``,
            which asks for none.
        mixtures: the meta-strategy of each seat.
        done: steps taken.
    """

    settings_class: ClassVar[type[Settings]] = PSROSettings

    def __init__(self, game: CompiledGame, settings: PSROSettings, seed: int) -> None:
        self.settings = settings
        self.tree = unroll(game)
        self._uniform = uniform_profile(self.tree)
        start = starting_play(game, settings, seed)
        self.members: list[list[Member]] = [[self._part(start, i)] for i in range(game.n_players)]
        self.found = [[1] for _ in range(game.n_players)]
        self.payoffs: FloatArray = np.full((game.n_players, *(1,) * game.n_players), np.nan)
        self.mixtures: Mixtures = [np.ones(1) for _ in range(game.n_players)]
        self.done = 0
        self._solve()

    @property
    def total_updates(self) -> int:
        """See :class:`Learner`."""
        return self.settings.updates()

    def update(self) -> None:
        """See :class:`Learner`: a response of every seat to the same mixtures, then new mixtures."""
        present = self.profile()
        responses = [self._respond(present, seat) for seat in range(self.tree.game.n_players)]
        for seat, response in enumerate(responses):
            known = [self._same(response, member) for member in self.members[seat]]
            if any(known):
                self.found[seat][known.index(True)] += 1
            else:
                self.members[seat].append(response)
                self.found[seat].append(1)
        self._solve()
        self.done += 1

    def profile(self) -> BehaviourProfile:
        """What everyone does who draws a member from its mixture before play, as behaviour (Kuhn 1953).

        At each information set a member counts as much as its weight and its own reach of it; uniform where none goes.
        """
        sums: list[RealArray] = [0.0 * table for table in self._uniform.stages]
        for seat, (members, mixture) in enumerate(zip(self.members, self.mixtures, strict=True)):
            part = self.tree.types_of(seat)
            for member, weight in zip(members, mixture.tolist(), strict=True):
                if weight > 0:
                    alone = self._with(((seat, member),))
                    for total, table, own in zip(sums, alone.stages, own_reach(alone), strict=True):
                        accumulate(total, table, own, weight, part.start, part.stop)
        return average_profile(self.tree, sums)

    def policies(self) -> dict[str, BehaviourProfile]:
        """See :class:`Learner`. There is no ``average``: the mixture is one already."""
        return {"last": self.profile()}

    def response(self, present: BehaviourProfile, seat: int) -> BehaviourProfile:
        """A best response of ``seat`` to ``present``, exactly."""
        return best_response(present, seat)

    def _respond(self, present: BehaviourProfile, seat: int) -> Member:
        response = self.response(present, seat)
        # Where the seat's own earlier choices never lead, any behaviour is the same plan.
        own = own_reach(response)
        tables = zip(own, response.stages, self._uniform.stages, strict=True)
        stages = tuple(np.where(reach[..., None] > 0, table, blank) for reach, table, blank in tables)
        return self._part(BehaviourProfile(self.tree, stages), seat)

    def _solve(self) -> None:
        """Fill in the meta-game and mix anew, if anything has changed."""
        if self.settings.meta_solver == "uniform":
            self.mixtures = [np.array(found) / sum(found) for found in self.found]
            return
        sizes = tuple(map(len, self.members))
        missing = np.full((len(sizes), *sizes), np.nan)
        missing[tuple(slice(size) for size in self.payoffs.shape)] = self.payoffs
        self.payoffs = missing
        new = np.flatnonzero(np.isnan(self.payoffs[0]))
        for cell in new:
            choice = np.unravel_index(cell, sizes)
            chosen = tuple((seat, self.members[seat][number]) for seat, number in enumerate(choice))
            self.payoffs.reshape(len(sizes), -1)[:, cell] = evaluate(self._with(chosen)).values
        if len(new):
            otherwise = "nash" if is_constant_sum(self.payoffs) else "projected-replicator-dynamics"
            self.mixtures = SOLVERS[self.settings.meta_solver or otherwise](self.payoffs)

    def _part(self, profile: BehaviourProfile, seat: int) -> Member:
        return tuple(profile.of(seat, stage).copy() for stage in range(self.tree.n_stages))

    def _with(self, chosen: tuple[tuple[int, Member], ...]) -> BehaviourProfile:
        """The profile of uniform play in which some seats follow a member each."""
        stages = tuple(table.copy() for table in self._uniform.stages)
        for seat, member in chosen:
            for table, own in zip(stages, member, strict=True):
                table[:, self.tree.types_of(seat)] = own
        return BehaviourProfile(self.tree, stages)

    @staticmethod
    def _same(first: Member, second: Member) -> bool:
        return all(np.array_equal(one, other) for one, other in zip(first, second, strict=True))

    def state(self) -> State:
        """See :class:`Learner`."""
        return {
            "done": self.done,
            "members": [[list(member) for member in members] for members in self.members],
            "found": [list(found) for found in self.found],
            "payoffs": self.payoffs,
            "mixtures": list(self.mixtures),
        }

    def restore(self, state: State) -> None:
        """See :class:`Learner`."""
        self.done, self.payoffs, self.mixtures = state["done"], state["payoffs"], state["mixtures"]
        self.members = [[tuple(member) for member in members] for members in state["members"]]
        self.found = state["found"]
