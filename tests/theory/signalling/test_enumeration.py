"""The enumerator against a slow, independent one: a linear program for each pair of supports."""

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import chain, combinations, product

import numpy as np
import pytest
from scipy.optimize import linprog

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.numbers import FLOATING

SMALLEST = 1e-6  # a support occurs if each of its probabilities can be at least this


def random_game(rng: np.random.Generator, shape: tuple[int, int, int], integers: int = 0) -> SignallingGame:
    """Payoffs standard normal, or small integers (many ties)."""
    weights = rng.integers(1, 20, size=shape[0])

    def draw() -> np.ndarray:
        return rng.integers(-integers, integers + 1, size=shape) if integers else rng.normal(size=shape).round(6)

    return SignallingGame([Fraction(int(w), int(weights.sum())) for w in weights], draw(), draw())


def subsets(members: tuple[int, ...]) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(members, size) for size in range(1, len(members) + 1)))


def feasible(n: int, equal: list, rhs: list, below: list, positive: list[int]) -> bool:
    """Whether x >= 0 with equal x = rhs, below x <= 0 can have x[positive] >= SMALLEST: maximise the least of them."""
    least = [[-float(i == j) for i in range(n)] + [1.0] for j in positive]
    rows = [[*row, 0.0] for row in below] + least
    result = linprog(
        [0.0] * n + [-1.0],
        A_ub=rows or None,
        b_ub=[0.0] * len(rows) or None,
        A_eq=[[*row, 0.0] for row in equal] or None,
        b_eq=rhs or None,
        bounds=[(0, None)] * n + [(None, 1.0)],
    )
    return bool(result.status == 0 and result.x[-1] > SMALLEST)


class BruteForce:
    """Each pair of supports by two linear programs, one for each polytope of docs/model.md, section 4."""

    def __init__(self, game: SignallingGame) -> None:
        self.shape = types, messages, _ = game.shape
        self.open = [game.messages(t) for t in range(types)]
        self.senders = [game.senders(m) for m in range(messages)]
        self.answers = [game.responses(m) for m in range(messages)]
        self.prior = [float(p) for p in game.prior]
        self.sender = np.array(game.sender_payoffs, dtype=float)
        self.receiver = np.array(game.receiver_payoffs, dtype=float)

    def support_pairs(self) -> Iterator[tuple]:
        replies = [subsets(a) if senders else [()] for a, senders in zip(self.answers, self.senders, strict=True)]
        for sent in product(*map(subsets, self.open)):
            for reply in product(*replies):
                if self.replies_exist(sent, reply) and self.masses_exist(sent, sent, reply):
                    yield sent, reply

    def components(self) -> list[set[tuple]]:
        """The pairs of supports, grouped: two belong together if one touches the closure of the other."""
        groups: list[set[tuple]] = []
        for pair in self.support_pairs():
            near = [group for group in groups if any(self.touch(pair, other) for other in group)]
            groups = [group for group in groups if group not in near] + [{pair}.union(*near)]
        return groups

    def touch(self, one: tuple, other: tuple) -> bool:
        return self.in_closure(one, other) or self.in_closure(other, one)

    def in_closure(self, small: tuple, large: tuple) -> bool:
        """Whether some point with the supports ``small`` is a limit of points with the supports ``large``."""
        inside = all(set(a) <= set(b) for x, y in zip(small, large, strict=True) for a, b in zip(x, y, strict=True))
        return inside and self.replies_exist(large[0], small[1]) and self.masses_exist(small[0], large[0], large[1])

    @cache  # noqa: B019
    def replies_exist(self, sent: tuple, reply: tuple) -> bool:
        """Whether some reply has supports ``reply`` and makes each type indifferent over ``sent``."""
        types, messages, responses = self.shape
        legal = [(t, m) for t in range(types) for m in self.open[t]]
        for t, m in legal:  # a quick look before the linear program
            best = max(self.sender[t, sent[t][0], a] for a in reply[sent[t][0]])
            if min(self.sender[t, m, a] for a in reply[m]) > best + 1e-9:
                return False
        n = messages * responses
        equal, rhs, below = [], [], []
        for m in range(messages):
            row = np.zeros((messages, responses))
            row[m] = 1
            equal.append(row.ravel())
            rhs.append(float(bool(reply[m])))
            for a in set(range(responses)) - set(reply[m]):
                row = np.zeros((messages, responses))
                row[m, a] = 1
                equal.append(row.ravel())
                rhs.append(0.0)
        for t in range(types):
            home = sent[t][0]
            for m in set(self.open[t]) - {home}:
                row = np.zeros((messages, responses))
                row[m] += self.sender[t, m]
                row[home] -= self.sender[t, home]
                if m in sent[t]:
                    equal.append(row.ravel())
                    rhs.append(0.0)
                else:
                    below.append(row.ravel())
        used = [m * responses + a for m in range(messages) for a in reply[m]]
        return feasible(n, equal, rhs, below, used)

    def masses_exist(self, sent: tuple, reached: tuple, reply: tuple) -> bool:
        """Whether some σ with supports ``sent`` makes ``reply`` optimal; messages outside ``reached`` need a belief."""
        on_path = {m for p, row in zip(self.prior, reached, strict=True) if p for m in row}
        unused = [m for m in range(self.shape[1]) if m not in on_path and self.senders[m]]
        if not all(self.belief_exists(m, reply[m]) for m in unused):
            return False
        return self.on_path_masses_exist(sent, tuple(reply[m] if m in on_path else () for m in range(self.shape[1])))

    @cache  # noqa: B019
    def belief_exists(self, m: int, responses: tuple) -> bool:
        u = self.receiver[list(self.senders[m]), m]
        types = len(u)
        below = [u[:, b] - u[:, a] for a in responses for b in self.answers[m]]
        result = linprog([0.0] * types, A_ub=below, b_ub=[0.0] * len(below), A_eq=[[1.0] * types], b_eq=[1.0])
        return bool(result.status == 0)

    @cache  # noqa: B019
    def on_path_masses_exist(self, sent: tuple, reply: tuple) -> bool:
        types, messages, _ = self.shape
        n = types * messages
        equal, rhs, below = [], [], []
        for t in range(types):
            row = np.zeros((types, messages))
            row[t] = 1
            equal.append(row.ravel())
            rhs.append(1.0)
            for m in set(range(messages)) - set(sent[t]):
                row = np.zeros((types, messages))
                row[t, m] = 1
                equal.append(row.ravel())
                rhs.append(0.0)
        for m in range(messages):
            for a in reply[m]:
                for b in self.answers[m]:
                    row = np.zeros((types, messages))
                    row[:, m] = np.array(self.prior) * (self.receiver[:, m, b] - self.receiver[:, m, a])
                    below.append(row.ravel())
        used = [t * messages + m for t in range(types) for m in sent[t]]
        return feasible(n, equal, rhs, below, used)


def assert_same(game: SignallingGame) -> None:
    ours = [{(p.sender_support, p.receiver_support) for p in c.pieces} for c in enumerate_equilibria(game).components]
    theirs = BruteForce(game).components()
    assert sorted(map(sorted, ours)) == sorted(map(sorted, theirs)), game


def partial_game(rng: np.random.Generator, shape: tuple[int, int, int]) -> SignallingGame:
    """Some messages not open to some types, some responses not to some messages, perhaps a type of probability zero."""
    types, messages, responses = shape

    def legal(rows: int, columns: int) -> np.ndarray:
        table = rng.uniform(size=(rows, columns)) < 0.7
        table[np.arange(rows), rng.integers(columns, size=rows)] = True
        return table

    weights = rng.integers(0, 4, size=types)
    weights[rng.integers(types)] += 1
    payoffs = rng.integers(-3, 4, size=(2, *shape)) if rng.uniform() < 0.5 else rng.normal(size=(2, *shape)).round(6)
    prior = [Fraction(int(w), int(weights.sum())) for w in weights]
    return SignallingGame(prior, *payoffs, legal(types, messages), legal(messages, responses))


def test_agrees_with_linear_programs_where_not_everything_is_legal_or_likely() -> None:
    rng = np.random.default_rng(5)
    for _ in range(12):
        assert_same(partial_game(rng, (2, 2, 2)))
    for _ in range(4):
        assert_same(partial_game(rng, (2, 3, 2)))


@pytest.mark.slow
def test_agrees_with_linear_programs_on_many_games_of_that_kind() -> None:
    rng = np.random.default_rng(6)
    for _ in range(60):
        assert_same(partial_game(rng, (2, 2, 2)))
    for shape in ((2, 3, 2), (3, 2, 2), (2, 2, 3), (3, 3, 2)):
        for _ in range(10):
            assert_same(partial_game(rng, shape))


@pytest.mark.parametrize("integers", [0, 1, 2])
def test_agrees_with_linear_programs_on_small_games(integers: int) -> None:
    rng = np.random.default_rng(10 + integers)
    for _ in range(15):
        game = random_game(rng, (2, 2, 2), integers)
        assert_same(game)


@pytest.mark.slow
@pytest.mark.parametrize("integers", [0, 1, 2, 3])
@pytest.mark.parametrize("shape, games", [((2, 2, 2), 40), ((3, 2, 2), 4), ((2, 2, 3), 4), ((2, 3, 2), 4)])
def test_agrees_with_linear_programs_on_many_games(shape: tuple[int, int, int], games: int, integers: int) -> None:
    rng = np.random.default_rng(integers)
    for _ in range(games):
        game = random_game(rng, shape, integers)
        assert_same(game)


def assert_floats_agree(game: SignallingGame) -> None:
    exact, floating = enumerate_equilibria(game), enumerate_equilibria(game, FLOATING)
    assert len(exact.components) == len(floating.components)
    by_support = {(p.sender_support, p.receiver_support): p for p in floating.pieces}
    assert len(exact.pieces) == len(floating.pieces) == len(by_support)
    for piece in exact.pieces:
        twin = by_support[piece.sender_support, piece.receiver_support]
        np.testing.assert_allclose(np.array(piece.sender_strategy, float), twin.sender_strategy, atol=1e-7)
        np.testing.assert_allclose(np.array(piece.receiver_strategy, float), twin.receiver_strategy, atol=1e-7)
        assert piece.dimension == twin.dimension
        assert piece.knife_edges == twin.knife_edges


@pytest.mark.parametrize("shape", [(2, 2, 2), (2, 4, 2), (3, 3, 3), (4, 2, 2)])
@pytest.mark.parametrize("integers", [0, 2])
def test_floats_give_the_same_answer(shape: tuple[int, int, int], integers: int) -> None:
    rng = np.random.default_rng(3)
    for _ in range(6):
        assert_floats_agree(random_game(rng, shape, integers))


def test_floats_see_a_tie_that_is_the_whole_of_a_constraint() -> None:
    # type 0 gets -2 from its equilibrium messages and -2 from the only reply that any belief supports after message 3
    sender = [[[3, -3], [2, -2], [-2, -2], [-2, 0]], [[-1, 3], [0, -3], [3, -3], [-1, 3]]]
    receiver = [[[3, -3], [-1, -2], [1, 2], [3, 1]], [[-3, -1], [3, 3], [1, -3], [3, 1]]]
    assert_floats_agree(SignallingGame(["1/3", "2/3"], sender, receiver))
