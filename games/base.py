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

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True)
class Outcome:
    """One public chance outcome that may follow a joint action.

    Attributes:
        label: what everyone sees, e.g. ``"breakthrough by A"``. Distinct among the outcomes of one joint action.
        state: the public state that follows; any hashable value.
        probability: Pr(this outcome | state, joint action, type profile); broadcasts to shape ``(T_1, .., T_n)``,
            the number of types of each player. Over the outcomes of a joint action it sums to one.
        rewards: what each player gets on the way; broadcasts to ``(n_players, T_1, .., T_n)``.
    """

    label: str
    state: Hashable
    probability: ArrayLike = 1.0
    rewards: ArrayLike = 0.0


class Game(ABC):
    """The rules of one game. Subclasses set the attributes and give the three methods.

    Attributes:
        name: short name, used in files and plots.
        players: one name for each player; the order is the seat number.
        action_names: the enumeration of actions, shared by all players. Index = action number.
        type_names: for each player the names of its types (a single entry for a player without private information).
        prior: joint probability of type profiles, shape ``(T_1, .., T_n)``; sums to one. Correlation is allowed.
    """

    name: str
    players: tuple[str, ...]
    action_names: tuple[str, ...]
    type_names: tuple[tuple[str, ...], ...]
    prior: ArrayLike

    @abstractmethod
    def initial_state(self) -> Any:
        """The public state in which play starts (any hashable value)."""

    @abstractmethod
    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        """For each player its legal actions in ``state``, ascending; an empty sequence if ``state`` is terminal.

        A player who does not act has exactly one legal action. Legal actions are public: they cannot depend on types.
        """

    @abstractmethod
    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        """The public outcomes that may follow when the players choose ``joint`` (one action each) in ``state``."""

    def features(self, state: Any) -> Sequence[float]:
        """Numbers that describe a public state to a learner, beside the history of actions; of one fixed length."""
        return ()

    def describe(self, state: Any) -> str:
        """A public state in words, for rendering."""
        return str(state)


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
        """The length of the longest play, in stages. Raises ValueError where play can go on for ever."""
        longest = np.zeros(self.n_states, dtype=np.int64)
        for _ in range(self.n_states + 1):
            update = longest.copy()
            np.maximum.at(update, self.edge_source, longest[self.edge_next] + 1)
            if np.array_equal(update, longest):
                return int(longest[0])
            longest = update
        raise ValueError(f"game {self.game.name!r}: the public states form a cycle, so play may never end")

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
        ValueError: names the game, the state and what is wrong: a prior or outcome probabilities that are negative or
            do not sum to one, a player without legal action, an unknown action, an array of the wrong shape.
    """
    shape = tuple(len(names) for names in game.type_names)
    n_players, n_actions = len(game.players), len(game.action_names)
    prior = np.asarray(game.prior, dtype=np.float64)
    if len(shape) != n_players:
        raise ValueError(f"game {game.name!r}: type_names has {len(shape)} entries for {n_players} players")
    if prior.shape != shape:
        raise ValueError(f"game {game.name!r}: prior has shape {prior.shape}, expected {shape}")
    _check_distribution(game, "the prior", prior.reshape(-1, 1))

    numbers: dict[Hashable, int] = {}
    states: list[Any] = []
    queue: deque[Any] = deque()

    def number(state: Hashable) -> int:
        if state not in numbers:
            numbers[state] = len(states)
            states.append(state)
            queue.append(state)
        return numbers[state]

    number(game.initial_state())
    n_joint = n_actions**n_players
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
        choices = [tuple(actions) for actions in game.legal_actions(state)]
        if choices:
            _check_choices(game, state, choices)
            for player, actions in enumerate(choices):
                legal[player, list(actions)] = True
            for joint in product(*choices):
                index = 0
                for action in joint:
                    index = index * n_actions + action
                outcomes = game.outcomes(state, joint)
                start[index], count[index] = len(edges), len(outcomes)
                for position, outcome in enumerate(outcomes):
                    edges.append((source, index, position, number(outcome.state), outcome.label))
                    probability_rows.append(_broadcast(game, state, outcome.probability, shape))
                    reward_rows.append(_broadcast(game, state, outcome.rewards, (n_players, *shape)))
                where = f"the outcomes of {joint} in state {state!r}"
                total = np.array(probability_rows[start[index] :]).reshape(len(outcomes), -1)
                _check_distribution(game, where, total)
        legal_rows.append(legal)
        start_rows.append(start)
        count_rows.append(count)

    columns = np.array([edge[:4] for edge in edges], dtype=np.int64).reshape(-1, 4)
    legal_array = np.array(legal_rows)
    terminal: BoolArray = np.logical_not(legal_array.any(axis=(1, 2)))
    return CompiledGame(
        game=game,
        prior=prior.reshape(-1),
        profile_types=np.array(list(np.ndindex(*shape)), dtype=np.int64).reshape(-1, n_players),
        states=tuple(states),
        terminal=terminal,
        legal=legal_array,
        features=np.array([tuple(game.features(state)) for state in states], dtype=np.float64).reshape(len(states), -1),
        edge_start=np.array(start_rows),
        edge_count=np.array(count_rows),
        edge_source=columns[:, 0],
        edge_joint=columns[:, 1],
        edge_outcome=columns[:, 2],
        edge_next=columns[:, 3],
        edge_labels=tuple(edge[4] for edge in edges),
        edge_probability=np.array(probability_rows).reshape(len(edges), -1),
        edge_reward=np.array(reward_rows).reshape(len(edges), n_players, -1),
    )


def _broadcast(game: Game, state: Any, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(
            f"game {game.name!r}, state {state!r}: an outcome's array of shape {array.shape} does not fit {shape}"
        ) from None


def _check_distribution(game: Game, what: str, table: FloatArray) -> None:
    if not (np.isfinite(table).all() and (table >= 0).all() and np.allclose(table.sum(axis=0), 1.0, atol=1e-9)):
        raise ValueError(
            f"game {game.name!r}: {what} must have probabilities >= 0 that sum to one, got {table.tolist()}"
        )


def _check_choices(game: Game, state: Any, choices: list[tuple[int, ...]]) -> None:
    n_actions = len(game.action_names)
    if len(choices) != len(game.players) or not all(choices):
        raise ValueError(f"game {game.name!r}, state {state!r}: each player needs a legal action, got {choices}")
    for actions in choices:
        if list(actions) != sorted(set(actions)) or not all(0 <= action < n_actions for action in actions):
            raise ValueError(f"game {game.name!r}, state {state!r}: bad legal actions {actions}")
