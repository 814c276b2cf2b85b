"""Small random members of the class of games, and their evaluation by plain recursion and enumeration of strategies."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import numpy as np

from olivebranch.games.base import CompiledGame, Game, Outcome
from olivebranch.theory.tree.profiles import BehaviourProfile

History = tuple[int, ...]  # the edges taken


class RandomGame(Game):
    """Two layers of public states with everything that the class allows: two or three players, correlated prior (with
    an impossible profile), simultaneous and single moves, chance that depends on types, early ends."""

    name = "random"
    action_names = ("a", "b", "c")

    def __init__(self, generator: np.random.Generator, n_players: int = 2) -> None:
        self.generator = generator
        self.players = tuple(f"player {i}" for i in range(n_players))
        n_types = generator.integers(1, 3, n_players)
        self.type_names = tuple(tuple(f"type {t}" for t in range(n)) for n in n_types)
        prior = generator.exponential(size=tuple(n_types))
        if prior.size > 2:
            prior.flat[generator.integers(prior.size)] = 0.0
        self.prior = prior / prior.sum()
        self.rules: dict[object, tuple[Sequence[Sequence[int]], dict[tuple[int, ...], Sequence[Outcome]]]] = {}

    def initial_state(self) -> tuple[int, int]:
        return (0, 0)

    def draw(self, state: tuple[int, int]) -> None:
        generator = self.generator
        if state[0] == 2:
            self.rules[state] = ((), {})
            return
        legal = [sorted(generator.choice(3, generator.integers(1, 3), replace=False).tolist()) for _ in self.players]
        after: dict[tuple[int, ...], Sequence[Outcome]] = {}
        shape = tuple(len(names) for names in self.type_names)
        for joint in product(*legal):
            weights = generator.exponential(size=(generator.integers(1, 3), *shape))
            weights *= generator.random(weights.shape) < 0.8
            weights[0] += weights.sum(axis=0) == 0
            after[joint] = [
                Outcome(
                    str(k),
                    (state[0] + 1 if generator.random() < 0.8 else 2, int(generator.integers(2))),
                    weight / weights.sum(axis=0),
                    generator.normal(size=(len(self.players), *shape)),
                )
                for k, weight in enumerate(weights)
            ]
        self.rules[state] = (legal, after)

    def legal_actions(self, state: tuple[int, int]) -> Sequence[Sequence[int]]:
        if state not in self.rules:
            self.draw(state)
        return self.rules[state][0]

    def outcomes(self, state: tuple[int, int], joint: tuple[int, ...]) -> Sequence[Outcome]:
        return self.rules[state][1][joint]


def histories_by_path(profile: BehaviourProfile) -> dict[History, tuple[int, int]]:
    """(stage, row) of every history of the tree, by the edges that led to it."""
    paths: dict[History, tuple[int, int]] = {}
    previous: list[History] = []
    for t, stage in enumerate(profile.tree.stages):
        current = [() if t == 0 else (*previous[stage.parent[h]], int(stage.edge[h])) for h in range(len(stage.state))]
        paths.update({path: (t, h) for h, path in enumerate(current)})
        previous = current
    return paths


def recursive_values(
    profile: BehaviourProfile,
    paths: Mapping[History, tuple[int, int]],
    w: int,
    plan: Mapping[History, int] | None = None,
    planner: int = -1,
    state: int = 0,
    path: History = (),
) -> np.ndarray:
    """Expected rewards of all players from ``path`` on, given type profile ``w``; ``planner`` follows ``plan``."""
    game = profile.tree.game
    total = np.zeros(game.n_players)
    if game.terminal[state]:
        return total
    for joint in product(*(np.flatnonzero(game.legal[state, i]).tolist() for i in range(game.n_players))):
        weight = 1.0
        for i, action in enumerate(joint):
            if i == planner and plan is not None:
                weight *= plan[path] == action
            else:
                stage, row = paths[path]
                weight *= profile.of(i, stage)[row, game.profile_types[w, i], action]
        if weight == 0.0:
            continue
        index = int(game.joint_index(np.array(joint)))
        for e in range(game.edge_start[state, index], game.edge_start[state, index] + game.edge_count[state, index]):
            p = game.edge_probability[e, w]
            if p > 0.0:
                ahead = recursive_values(profile, paths, w, plan, planner, int(game.edge_next[e]), (*path, e))
                total += weight * p * (game.edge_reward[e, :, w] + ahead)
    return total


def pure_plans(game: CompiledGame, profile: BehaviourProfile, player: int) -> Iterator[dict[History, int]]:
    """Every pure strategy of one type of a player: an action for each public history."""
    paths = histories_by_path(profile)
    states = [int(profile.tree.stages[t].state[h]) for t, h in paths.values()]
    choices = [np.flatnonzero(game.legal[s, player]).tolist() for s in states]
    for actions in product(*choices):
        yield dict(zip(paths, actions, strict=True))
