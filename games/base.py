"""The class of games: finite multi-stage games with observed actions and private types (docs/model.md, section 1).

Fudenberg and Tirole, *Game Theory* (1991), section 8.2.3, with public chance events whose probabilities may depend on
the types. To define a game, subclass :class:`Game`; to use it, :func:`compile_game` it. Everything else in the
project (environments, exact evaluation, solvers, learners) reads the compiled arrays and nothing else.

**How a game runs.** Nature draws a *type profile* (one type for each player) from ``prior``; each player sees its own
type only. Play then goes through *public states*. In each, every player chooses one of its legal actions, all at
once; a player with exactly one legal action is said not to act. All see the joint action. Then a public *outcome*
is drawn, with a probability that may depend on the type profile; all see it. It pays each player a reward, which may
depend on the type profile, and leads to the next public state. A terminal state has no legal actions.

A complete example, matching pennies with a coin whose weight only player one knows:

>>> import numpy as np
>>> class Coin(Game):
...     name = "coin"
...     players = ("one", "two")
...     action_names = ("heads", "tails")
...     type_names = (("fair", "loaded"), ("only",))
...     prior = np.array([[0.5], [0.5]])
...     def initial_state(self):
...         return "start"
...     def legal_actions(self, state):
...         return ((0, 1), (0, 1)) if state == "start" else ()
...     def outcomes(self, state, joint):
...         stake = 1.0 if joint[0] == joint[1] else -1.0
...         doubled = np.array([[0.5], [0.9]])          # Pr(double stake | type profile)
...         pays = np.array([1.0, -1.0]).reshape(2, 1, 1)  # player by type profile
...         return (
...             Outcome("double", "end", doubled, 2.0 * stake * pays),
...             Outcome("single", "end", 1.0 - doubled, stake * pays),
...         )
>>> compiled = compile_game(Coin())
>>> compiled.n_states, compiled.n_edges, compiled.n_profiles
(2, 8, 2)

**What follows from a compiled game.** Exact values, best responses and NashConv of any behaviour, on the tree of public
histories (``theory.tree.histories``, ``theory.tree.profiles``, ``theory.tree.evaluation``); a behaviour profile holds
one array a stage, ``[histories, types of all players side by side, actions]``, and ``profile.of(player, stage)`` is
one player's part:

>>> from olivebranch.theory.tree.histories import unroll
>>> from olivebranch.theory.tree.profiles import build_profile, uniform_profile
>>> from olivebranch.theory.tree.evaluation import best_response, evaluate
>>> tree = unroll(compiled)
>>> def heads(seat, own_type, public_state, recent_edges):
...     return np.tile([1.0, 0.0], (len(own_type), 1))     # probability of each action, [batch, n_actions]
>>> result = evaluate(build_profile(tree, heads))
>>> result.values, result.nash_conv, result.gains_by_type[0]   # player two gains 2 * 1.7 by choosing tails
(array([ 1.7, -1.7]), 3.4, array([0., 0.]))
>>> best_response(uniform_profile(tree), 0).of(0, 0).shape     # histories, own types, actions
(1, 2, 2)

And PettingZoo environments, with agents named as ``players`` and observations as described in ``games.information``:

>>> from olivebranch.envs.multi import GameAECEnv, GameParallelEnv
>>> GameParallelEnv(compiled).possible_agents
['one', 'two']
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from olivebranch.games import checks
from olivebranch.games.rules import BoolArray, FloatArray, Game, IntArray, Outcome, RulesError

__all__ = ["BoolArray", "CompiledGame", "FloatArray", "Game", "IntArray", "Outcome", "RulesError", "compile_game"]


@dataclass(frozen=True)
class CompiledGame:
    """A game as arrays: the graph of its public states. Made by :func:`compile_game`; do not write to the arrays.

    States are numbered in the order in which a breadth-first walk from the initial state (number 0) meets them. An
    *edge* is one (state, joint action, outcome). Type profiles are numbered in C order over ``(T_1, .., T_n)``.
    Joint actions are numbered in mixed radix, ``sum_i action_i * n_actions ** (n_players - 1 - i)``.

    Attributes:
        game: the rules that were compiled.
        prior: probability of each type profile, ``[n_profiles]``.
        profile_types: type of each player in each profile, ``[n_profiles, n_players]``.
        states: the public states themselves, by number.
        terminal: ``[n_states]``.
        legal: ``[n_states, n_players, n_actions]``; all False in a terminal state.
        features: ``[n_states, n_features]``, see :meth:`Game.features`.
        edge_start: first edge of each (state, joint action), ``[n_states, n_actions ** n_players]``; -1 if illegal.
        edge_count: how many edges it has, same shape; 0 if illegal.
        edge_source: ``[n_edges]``, the state that the edge leaves.
        edge_joint: ``[n_edges]``, the number of its joint action.
        edge_outcome: ``[n_edges]``, the position of its outcome among those of the joint action.
        edge_next: ``[n_edges]``, the state that the edge leads to.
        edge_labels: the outcome's label, by edge.
        edge_probability: ``[n_edges, n_profiles]``.
        edge_reward: ``[n_edges, n_players, n_profiles]``.
    """

    game: Game
    prior: FloatArray
    profile_types: IntArray
    states: tuple[Any, ...]
    terminal: BoolArray
    legal: BoolArray
    features: FloatArray
    edge_start: IntArray
    edge_count: IntArray
    edge_source: IntArray
    edge_joint: IntArray
    edge_outcome: IntArray
    edge_next: IntArray
    edge_labels: tuple[str, ...]
    edge_probability: FloatArray
    edge_reward: FloatArray

    @property
    def n_players(self) -> int:
        """Number of players."""
        return len(self.game.players)

    @property
    def n_actions(self) -> int:
        """Size of the action enumeration."""
        return len(self.game.action_names)

    @property
    def n_types(self) -> tuple[int, ...]:
        """Number of types of each player."""
        return tuple(len(names) for names in self.game.type_names)

    @property
    def n_profiles(self) -> int:
        """Number of type profiles, those of probability zero included."""
        return len(self.prior)

    @property
    def n_states(self) -> int:
        """Number of public states, terminal ones included."""
        return len(self.states)

    @property
    def n_edges(self) -> int:
        """Number of (state, joint action, outcome) triples."""
        return len(self.edge_next)

    @cached_property
    def max_outcomes(self) -> int:
        """The most outcomes that any joint action has."""
        return int(self.edge_count.max(initial=1))

    @cached_property
    def acts(self) -> BoolArray:
        """Whether each player has a choice, ``[n_states, n_players]``."""
        acts: BoolArray = self.legal.sum(axis=2) > 1
        return acts

    @cached_property
    def max_stages(self) -> int:
        """The length of the longest play, in stages."""
        return int(checks.stages_left(self.game, self.states, self.edge_source, self.edge_next)[0])

    def joint_index(self, actions: IntArray) -> IntArray:
        """Numbers of joint actions given as ``[.., n_players]``."""
        weights = self.n_actions ** np.arange(self.n_players - 1, -1, -1)
        index: IntArray = np.asarray(actions, dtype=np.int64) @ weights
        return index

    def joint_actions(self, joint: IntArray) -> IntArray:
        """The inverse of :meth:`joint_index`: each player's action, ``[.., n_players]``."""
        weights = self.n_actions ** np.arange(self.n_players - 1, -1, -1)
        actions: IntArray = (np.asarray(joint, dtype=np.int64)[..., None] // weights) % self.n_actions
        return actions


def compile_game(game: Game) -> CompiledGame:
    """Compile the rules of ``game`` into arrays, checking them on the way.

    Raises:
        RulesError: names the game, the state and what is wrong: a name that is empty or stands twice; a prior or
            probabilities that are not finite, are negative or do not sum to one; rewards or features that are not
            finite; a player without a legal action, or with one that is unknown, stands twice or is out of order; no
            outcome, two with one label, or something that is no :class:`Outcome`; an array of the wrong shape; a state
            that is not hashable; a cycle of states, or too many of them.
    """
    _, n_players, n_actions = checks.names(game)
    shape = tuple(len(names) for names in game.type_names)
    prior = checks.prior(game, shape)
    n_joint = n_actions**n_players
    numbers: dict[Hashable, int] = {}
    states: list[Any] = []
    queue: deque[Any] = deque()

    def number(state: Any, *before: Any) -> int:
        checks.hashable(game, state, *before)
        if state not in numbers:
            numbers[state] = len(states)
            states.append(state)
            queue.append(state)
            checks.size(game, len(states), n_joint)
        return numbers[state]

    number(game.initial_state())
    legal_rows: list[BoolArray] = []
    start_rows: list[IntArray] = []
    count_rows: list[IntArray] = []
    edges: list[tuple[int, int, int, int, str]] = []
    probability_rows: list[FloatArray] = []
    reward_rows: list[FloatArray] = []
    while queue:
        state = queue.popleft()
        source = numbers[state]
        legal = np.zeros((n_players, n_actions), dtype=np.bool_)
        start, count = np.full(n_joint, -1, dtype=np.int64), np.zeros(n_joint, dtype=np.int64)
        choices = checks.choices(game, state, n_players, n_actions)
        for player, actions in enumerate(choices):
            legal[player, list(actions)] = True
        for joint in product(*choices) if choices else ():
            index = 0
            for action in joint:
                index = index * n_actions + action
            outcomes = checks.outcomes(game, state, joint)
            start[index], count[index] = len(edges), len(outcomes)
            for position, outcome in enumerate(outcomes):
                after = number(outcome.state, state)
                edges.append((source, index, position, after, outcome.label))
                probability_rows.append(checks.broadcast(game, state, outcome.probability, shape))
                reward_rows.append(checks.broadcast(game, state, outcome.rewards, (n_players, *shape)))
        legal_rows.append(legal)
        start_rows.append(start)
        count_rows.append(count)

    columns = np.array([edge[:4] for edge in edges], dtype=np.int64).reshape(-1, 4)
    legal_array, edge_start = np.array(legal_rows), np.array(start_rows)
    probability = np.array(probability_rows).reshape(len(edges), prior.size)
    reward = np.array(reward_rows).reshape(len(edges), n_players, prior.size)
    checks.edges(game, states, edge_start[edge_start >= 0], columns[:, 0], probability, reward)
    checks.stages_left(game, states, columns[:, 0], columns[:, 3])
    terminal: BoolArray = np.logical_not(legal_array.any(axis=(1, 2)))
    return CompiledGame(
        game=game,
        prior=prior.reshape(-1),
        profile_types=np.array(list(np.ndindex(*shape)), dtype=np.int64).reshape(-1, n_players),
        states=tuple(states),
        terminal=terminal,
        legal=legal_array,
        features=checks.features(game, states),
        edge_start=edge_start,
        edge_count=np.array(count_rows),
        edge_source=columns[:, 0],
        edge_joint=columns[:, 1],
        edge_outcome=columns[:, 2],
        edge_next=columns[:, 3],
        edge_labels=tuple(edge[4] for edge in edges),
        edge_probability=probability,
        edge_reward=reward,
    )
