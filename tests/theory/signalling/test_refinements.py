"""Refinements against textbook answers and against each other. Each golden cites its source and derives its numbers."""

from fractions import Fraction

import numpy as np
import pytest

from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import SignallingGame
from olivebranch.theory.signalling.pieces import Component
from olivebranch.theory.signalling.refinements import FILTERS, Refiner, Verdict

ALL = set(FILTERS)


def refined(game: SignallingGame) -> list[tuple[Component, dict[str, Verdict]]]:
    """The components of a game with their verdicts."""
    components = enumerate_equilibria(game).components
    return [(c, Refiner(c.pieces[0].context).verdicts(c)) for c in components]


def survivors(verdicts: dict[str, Verdict]) -> set[str]:
    return {name for name, verdict in verdicts.items() if verdict.survives}


def by_support(game: SignallingGame) -> dict[tuple, dict[str, Verdict]]:
    """Verdicts by the sender's support at the representative."""
    return {c.representative.sender_support: verdicts for c, verdicts in refined(game)}


def beer_quiche() -> SignallingGame:
    """Cho and Kreps (1987), section II: breakfast is worth 1, no duel 2; the receiver wants to fight the weak only."""
    return SignallingGame(
        ["1/10", "9/10"],
        [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
        type_names=["weak", "strong"],
        message_names=["quiche", "beer"],
        response_names=["duel", "no duel"],
    )


def test_beer_quiche_has_two_pooling_components_and_the_intuitive_criterion_keeps_beer() -> None:
    # Pooling on quiche pays weak 3 and strong 2; beer could bring strong 3 but weak at most 2, so beer means strong.
    # Pooling on beer pays weak 2 and strong 3; only weak could want quiche, and fighting weak deters it.
    components = refined(beer_quiche())
    assert [component.kind for component, _ in components] == ["pooling", "pooling"]
    assert [component.dimension for component, _ in components] == [1, 1]
    quiche, beer = (verdicts for _, verdicts in components)
    assert components[0][0].representative.sender_support == ((0,), (0,))
    assert survivors(quiche) == set()
    # If an unexpected quiche is no news, the sender is strong with 0.9: no duel, worth 3 to weak, who gets 2 now.
    assert survivors(beer) == ALL - {"passive"}
    assert "the belief is the prior" in beer["passive"].reason
    reason = quiche["intuitive"]
    assert (reason.message, reason.struck, reason.gains) == (1, (0,), 1)
    assert "message beer" in reason.reason
    assert "exclude type weak" in reason.reason
    assert "type strong gains" in reason.reason


def test_a_type_of_probability_zero_does_not_hide_an_outcome_that_survives() -> None:
    # Everyone is weak and eats quiche for 3. What strong, who cannot occur, earns hangs on the reply to beer, from 1
    # (duel) to 3. Where it is 3, strong eats beer in equilibrium and no type gains by beer at any reply: that outcome
    # survives every filter, although the one with a duel after beer does not.
    game = SignallingGame([1, 0], beer_quiche().sender_payoffs, beer_quiche().receiver_payoffs)
    for _, verdicts in refined(game):
        assert survivors(verdicts) == ALL


def test_beer_quiche_off_path_beliefs_and_replies() -> None:
    # A deviation is deterred by a duel with probability >= 1/2, which takes a belief in weak of at least 1/2.
    beer = enumerate_equilibria(beer_quiche()).components[1]
    assert beer.outcomes == ((((0, 0), (0, Fraction(1, 10))), ((0, 0), (0, Fraction(9, 10)))),)
    duel, mixed = beer.pieces
    assert duel.receiver_support == ((0,), (1,))
    assert set(duel.belief_vertices[0]) == {(1, 0), (Fraction(1, 2), Fraction(1, 2))}
    assert mixed.receiver_support == ((0, 1), (1,))
    assert mixed.belief_vertices[0] == ((Fraction(1, 2), Fraction(1, 2)),)
    assert sorted(vertex[0][0] for vertex in mixed.receiver_vertices) == [Fraction(1, 2), 1]


@pytest.mark.parametrize("levels", [4, 5])
def test_d1_keeps_only_the_riley_outcome_of_spence(levels: int) -> None:
    """Spence (1973) as in Fudenberg and Tirole (1991), section 8.2.2; D1 and Riley: Cho and Kreps (1987), section V.

    Ability 1 or 2, equally likely; wages 1, 3/2, 2, and the employer wants the one closest to ability; education e
    costs the low type 0.12 e² and the high type 0.06 e². The least e at which low would not imitate for the best wage
    is 3: 2 - 0.12 * 4 > 1 > 2 - 0.12 * 9. The high type bears it: 2 - 0.06 * 9 = 1.46 > 1.
    """
    wages, cost = [Fraction(1), Fraction(3, 2), Fraction(2)], [Fraction(12, 100), Fraction(6, 100)]
    game = SignallingGame(
        ["1/2", "1/2"],
        [[[w - c * e * e for w in wages] for e in range(levels)] for c in cost],
        [[[-((w - ability) ** 2) for w in wages] for _ in range(levels)] for ability in (1, 2)],
    )
    found = by_support(game)
    riley = ((0,), (3,))
    for name in ("d1", "d2", "universal_divinity", "never_weak_best_response"):
        assert {support for support, verdicts in found.items() if verdicts[name].survives} == {riley}
    # pooling without education is an equilibrium that the intuitive criterion does not see through
    assert found[(0,), (0,)]["intuitive"].survives
    if levels == 5:  # more education than it takes: the high type would be believed with less
        assert not found[(0,), (4,)]["intuitive"].survives


@pytest.mark.parametrize("bias, honest, partial", [("1/8", 2, 0), ("3/8", 2, 2), ("5/8", 0, 0)])
def test_cheap_talk_babbles_always_and_informs_if_interests_are_close(bias: str, honest: int, partial: int) -> None:
    """Crawford and Sobel (1982) with two states 0 and 1, actions 0, 1/2, 1 and quadratic loss around state + bias.

    State 0 is honest iff bias² <= (1 - bias)², that is bias <= 1/2. Where it also prefers 1/2 to 0 (bias > 1/4), it can
    mix: one message means 0; the other comes from state 1 and from a third of state 0, which leaves the receiver
    indifferent between 1/2 and 1, and is answered by 1/2 with probability 2/3: (3/8)² = 2/3 (1/8)² + 1/3 (5/8)².
    Messages mean nothing by themselves, so that an informative equilibrium comes in two copies.
    """
    actions, b = [Fraction(0), Fraction(1, 2), Fraction(1)], Fraction(bias)
    game = SignallingGame(
        ["1/2", "1/2"],
        [[[-((a - state - b) ** 2) for a in actions]] * 2 for state in range(2)],
        [[[-((a - state) ** 2) for a in actions]] * 2 for state in range(2)],
    )
    components = enumerate_equilibria(game).components
    assert [component.kind for component in components].count("separating") == honest
    mixed = [c for c in components if c.kind != "separating" and not c.knife_edges]
    assert len(mixed) == partial
    assert len(components) == honest + partial + 1
    for component in mixed:
        (piece,) = component.pieces
        assert {(0, Fraction(2, 3), Fraction(1, 3)), (1, 0, 0)} == set(piece.receiver_strategy)
        assert set(piece.sender_strategy[0]) == {Fraction(1, 3), Fraction(2, 3)}
    (babbling,) = [component for component in components if component.knife_edges]
    # talk is cheap: every message is as good as the other, which no generic payoffs would have
    for piece in babbling.pieces:  # the state is not revealed: the receiver plays 1/2 whatever is said on the path
        assert all(piece.receiver_support[m] == (1,) for m in piece.on_path)


@pytest.mark.parametrize(
    "preying, sane, support, entry_after_prey, prey",
    [
        # the gain from monopoly tomorrow, 4/5 (4 - 1), does not pay for preying today, 1 - (-2): separation
        ("-2", "1/2", ((1,), (0,)), 0, 0),
        # it does, and the rival leaves if told nothing: 1/4 * 1 - 3/4 * 1 < 0: pooling
        ("1/2", "1/4", ((0,), (0,)), 0, 1),
        # it does, but the rival would stay: the sane type preys with x such that 3/4 x - 1/4 = 0, and the rival
        # leaves with y such that 4/5 (4 - 1) y = 1 - 1/2
        ("1/2", "3/4", ((0, 1), (0,)), 1 - Fraction(1, 2) / Fraction(12, 5), Fraction(1, 3)),
    ],
)
def test_two_period_reputation_game(preying: str, sane: str, support: tuple, entry_after_prey: int, prey: int) -> None:
    """Fudenberg and Tirole (1991), section 8.2.2: a sane incumbent preys or accommodates, a crazy one always preys.

    Profits of the sane incumbent: duopoly 1, monopoly 4, preying as given; of the rival: 1 against a sane one, -1
    against a crazy one or when preyed on; discount factor 4/5.
    """
    prey_profit, delta = Fraction(preying), Fraction(4, 5)
    game = SignallingGame(
        [Fraction(sane), 1 - Fraction(sane)],
        [[[prey_profit + delta, prey_profit + 4 * delta], [1 + delta, 1 + 4 * delta]], [[0, 0], [0, 0]]],
        [[[delta - 1, -1], [1 + delta, 1]], [[-1 - delta, -1], [None, None]]],
        message_legal=[[True, True], [True, False]],
        type_names=["sane", "crazy"],
        message_names=["prey", "accommodate"],
        response_names=["stay", "exit"],
    )
    (component,) = enumerate_equilibria(game).components
    assert component.dimension == 0
    assert component.knife_edges == ()
    (piece,) = component.pieces
    assert piece.sender_support == support
    assert piece.sender_strategy[0][0] == prey
    assert piece.receiver_strategy[0][0] == entry_after_prey
    assert piece.receiver_strategy[1] == (1, 0)  # only a sane incumbent accommodates: the rival stays


def test_fudenberg_and_he_example_1_education_as_consumption() -> None:
    # arXiv 1709.01024, example 1: high is more compatible with D, low with N, nobody with C; pooling on C with medium
    # wages and pooling on D with low wages elsewhere are both rationality-compatible.
    wage, taste = [0, 6, 9], [[0, 2, -2], [0, 1, -4]]
    game = SignallingGame(
        ["1/2", "1/2"],
        [[[z + taste[t][s] for z in wage] for s in range(3)] for t in range(2)],
        [[[-2, 0, 1], [-1, 1, 2], [0, 2, 3]], [[1, 0, -2], [2, 1, -1], [3, 2, 0]]],
    )
    components = refined(game)
    refiner = Refiner(components[0][0].pieces[0].context)
    assert [refiner.compatibility(m) for m in range(3)] == [((1, 0),), (), ((0, 1),)]
    found = by_support(game)
    assert found[(1,), (1,)]["rationality_compatible"].survives
    assert found[(2,), (2,)]["rationality_compatible"].survives


def test_fudenberg_and_he_example_2_a_dominated_reply_does_not_count() -> None:
    # In or Out with a reply X that no belief justifies: strong is more compatible with In, so that In means at least
    # the prior 0.9 of strong, and pooling on Out falls.
    game = SignallingGame(
        ["9/10", "1/10"],
        [[[1, -1, 0], [0, 0, 0]], [[1, -2, 0], [0, 0, 0]]],
        [[[1, 0, -1], [0, 0, 0]], [[0, 1, -1], [0, 0, 0]]],
        response_legal=[[True, True, True], [True, False, False]],
        type_names=["strong", "weak"],
    )
    found = by_support(game)
    assert found[(0,), (0,)]["rationality_compatible"].survives
    assert not found[(1,), (1,)]["rationality_compatible"].survives
    assert found[(1,), (1,)]["intuitive"].survives
    assert "favour strong over weak" in found[(1,), (1,)]["rationality_compatible"].reason


def test_fudenberg_and_he_example_5_intuitive_but_not_rationality_compatible() -> None:
    game = SignallingGame(["3/4", "1/4"], [[[4, 0], [7, 3]], [[6, 2], [7, 3]]], [[[1, 0], [1, 0]], [[0, 1], [0, 1]]])
    assert survivors(by_support(game)[(0,), (0,)]) == {"intuitive"}


def test_fudenberg_and_he_example_6_rationality_compatible_but_not_divine() -> None:
    game = SignallingGame(
        ["2/3", "1/3"],
        [[[0, -1], [2, -1], [5, -3]], [[0, -1], [1, -1], [0, -2]]],
        [[[1, 0], [1, 0], [0, 1]], [[0, 1], [0, 1], [1, 0]]],
    )
    assert survivors(by_support(game)[(0,), (0,)]) == {"intuitive", "rationality_compatible"}


def test_fudenberg_and_he_example_7_only_the_second_round_of_divinity_bites() -> None:
    game = SignallingGame(
        ["1/3", "1/3", "1/3"],
        [[[0] * 4, [1, -1, -2, -7]], [[0] * 4, [5, 3, -1, -5]], [[0] * 4, [-3, 5, 1, -3]]],
        [[[0] * 4, [0.9, 0, 0, 0]], [[0] * 4, [0, 1, 0, 0.8]], [[0] * 4, [0, 0, 1.7, 0.8]]],
        response_legal=[[True, False, False, False], [True] * 4],
    )
    verdicts = by_support(game)[(0,), (0,), (0,)]
    assert survivors(verdicts) == {"intuitive", "d1", "d2", "rationality_compatible"}
    assert verdicts["universal_divinity"].struck == (0, 1)
    assert verdicts["universal_divinity"].gains == 2


STRONGER_THAN = [
    ("d1", "intuitive"),
    ("d2", "d1"),
    ("universal_divinity", "d2"),
    ("never_weak_best_response", "universal_divinity"),
    ("universal_divinity", "rationality_compatible"),
    ("rationality_compatible", "intuitive"),
]  # Cho and Kreps (1987), section IV; Fudenberg and He (2020), section 3.4


@pytest.mark.parametrize("shape, games", [((2, 2, 2), 150), ((2, 3, 2), 40), ((3, 2, 3), 30), ((3, 3, 3), 6)])
def test_filters_are_ordered_as_the_literature_says_and_never_empty(shape: tuple[int, int, int], games: int) -> None:
    rng = np.random.default_rng(7)
    struck = 0
    for _ in range(games):
        game = SignallingGame([Fraction(1, shape[0])] * shape[0], rng.normal(size=shape), rng.normal(size=shape))
        found = refined(game)
        # a universally divine outcome exists in every signalling game (Banks and Sobel 1987)
        assert any(verdicts["universal_divinity"].survives for _, verdicts in found)
        for _, verdicts in found:
            struck += len(ALL - survivors(verdicts))
            for strong, weak in STRONGER_THAN:
                assert verdicts[weak].survives or not verdicts[strong].survives, (strong, weak, game)
    assert struck > 0  # the filters do something on these draws


def test_with_two_types_d1_and_d2_coincide() -> None:
    rng = np.random.default_rng(8)
    for _ in range(100):
        game = SignallingGame(["1/3", "2/3"], rng.normal(size=(2, 2, 3)), rng.normal(size=(2, 2, 3)))
        for _, verdicts in refined(game):
            assert verdicts["d1"].survives == verdicts["d2"].survives
