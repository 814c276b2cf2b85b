"""Signalling games: every enumerated component is a set of equilibria with a name, to which distance is exact."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.games.base import FloatArray
from olivebranch.games.registry import find_game
from olivebranch.games.signalling import SignallingGame
from olivebranch.theory.equilibria.cells import JointCell, ProductCell, least_absolute, nearest_mixture
from olivebranch.theory.equilibria.enumerated import EnumeratedComponent, enumerate_components, signalling_game
from olivebranch.theory.equilibria.reference import Source, reference_of
from olivebranch.theory.equilibria.signalling_play import SignallingPlay
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.numbers import EnumerationTooLarge
from olivebranch.theory.signalling.refinements import Refiner
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import random_profile, uniform_profile

BEER_QUICHE = SignallingGame(
    ["9/10", "1/10"],
    # type, message, response: a breakfast that one likes is worth 1, not to be fought 2 (Cho and Kreps 1987)
    [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
    [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
    type_names=["strong", "weak"],
    message_names=["beer", "quiche"],
    response_names=["duel", "not"],
)


def components_of(game: SignallingGame) -> tuple[GameTree, tuple[EnumeratedComponent, ...]]:
    tree = unroll(game.compile())
    return tree, enumerate_components(tree, game)


def named(component: EnumeratedComponent) -> str:
    return component.known.name


def test_beer_and_quiche_has_two_pooling_components_and_the_quiche_one_fails_the_intuitive_criterion() -> None:
    _, components = components_of(BEER_QUICHE)
    assert [named(c) for c in components] == ["strong beer, weak beer", "strong quiche, weak quiche"]
    assert {c.found.kind for c in components} == {"pooling"}
    refiner = Refiner(components[0].found.pieces[0].context)
    assert [refiner.verdicts(c.found)["intuitive"].survives for c in components] == [True, False]


def test_distances_in_beer_and_quiche_by_hand() -> None:
    """All send beer with 0.8 and quiche with 0.2; a duel follows beer with 0.1 and quiche with 0.3.

    To pooling on beer, answered with no duel: plays in common have probability 0.8 * 0.9 = 0.72. The nearest duel after
    quiche that deters is 0.5, at distance 0.2. To pooling on quiche: 0.2 * 0.7 = 0.14 in common; after beer 0.4.
    """
    tree, (beer, quiche) = components_of(BEER_QUICHE)
    play = SignallingPlay.of(tree, BEER_QUICHE)
    strategy, reply = np.array([[0.8, 0.2], [0.8, 0.2]]), np.array([[0.1, 0.9], [0.3, 0.7]])
    profile = play.profile(strategy, reply, np.zeros((2, 2, 2)))
    assert play.strategy(profile) == pytest.approx(strategy)
    assert play.reply(profile) == pytest.approx(reply)
    near = beer.known.distances(profile)
    assert (near.on_path, near.off_path) == pytest.approx((0.28, 0.2))
    far = quiche.known.distances(profile)
    assert (far.on_path, far.off_path) == pytest.approx((0.86, 0.4))


def test_education_separates_and_pools_as_in_spence() -> None:
    """Two types, work that pays 2 or 1, schooling that costs the able 1/2 and the others 2; wages are 2, 1.5 or 1.

    Separating: the able go to school for 2 rather than 1 at home, and the others would pay 2 for 1 more. Pooling at
    home at the mean wage of 1.5 needs a low wage after school, or none of the able would stay. The firm wants its wage
    to equal what it believes the work is worth.
    """
    worth = {"able": 2.0, "other": 1.0}
    wages, cost = (2.0, 1.5, 1.0), {"able": 0.5, "other": 2.0}
    game = SignallingGame(
        ["1/2", "1/2"],
        [[[w - c for w in wages] for c in (cost[t], 0.0)] for t in worth],
        [[[-((w - worth[t]) ** 2) for w in wages]] * 2 for t in worth],
        type_names=list(worth),
        message_names=["school", "home"],
        response_names=["high", "mean", "low"],
    )
    _, components = components_of(game)
    names = [named(c) for c in components]
    assert "able school, other home" in names
    assert "able home, other home" in names
    separating = components[names.index("able school, other home")]
    assert separating.found.kind == "separating"
    strategy, reply = separating.known.representative
    assert strategy.tolist() == [[1, 0], [0, 1]]
    assert reply.tolist() == [[1, 0, 0], [0, 0, 1]]


def random_game(seed: int, spread: int) -> SignallingGame:
    """A small ``spread`` gives ties, and with them knife edges."""
    generator = np.random.default_rng(seed)
    shape = tuple(int(n) for n in generator.integers(2, 4, 3))
    weights = generator.integers(1, 5, shape[0])
    prior = [Fraction(int(w), int(weights.sum())) for w in weights]
    tables = [generator.integers(0, spread, shape).tolist() for _ in range(2)]
    return SignallingGame(prior, *tables)


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from((3, 50)), st.integers(0, 2**32 - 1))
def test_every_point_of_a_component_is_an_equilibrium_at_distance_zero(seed: int, spread: int, draw: int) -> None:
    game = random_game(seed, spread)
    _, components = components_of(game)
    generator = np.random.default_rng(draw)
    for component in components:
        points: list[tuple[FloatArray, FloatArray]] = [component.known.representative]
        for piece in component.found.maximal[:4]:
            senders = np.array(piece.sender_vertices, dtype=np.float64)
            receivers = np.array(piece.receiver_vertices, dtype=np.float64)
            points += [(senders[0], receivers[-1]), (senders[-1], receivers[0])]
            points.append((senders.mean(axis=0), receivers.mean(axis=0)))
            inside = [generator.dirichlet(np.ones(len(corners))) for corners in (senders, receivers)]
            points.append((np.tensordot(inside[0], senders, 1), np.tensordot(inside[1], receivers, 1)))
        for strategy, reply in points:
            profile = component.known.play.profile(strategy, reply, component.known.payoffs)
            assert evaluate(profile).nash_conv < 1e-9 * spread
            distances = component.known.distances(profile)
            assert distances.on_path < 1e-7
            assert distances.off_path is not None
            assert distances.off_path < 1e-6


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from((3, 50)))
def test_components_are_apart_and_have_names_of_their_own(seed: int, spread: int) -> None:
    _, components = components_of(random_game(seed, spread))
    names = [named(c) for c in components]
    assert len(set(names)) == len(names)
    assert names == sorted(names)
    for component in components:
        for other in components:
            if other is not component:
                distances = other.known.distances(component.known.profile())
                assert max(distances.on_path, distances.off_path or 0.0) > 1e-6


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.integers(0, 2**32 - 1))
def test_distance_on_the_path_is_between_plays(seed: int, draw: int) -> None:
    """It is no more than the distance from any one equilibrium of the component, and equal where the path is fixed."""
    tree, components = components_of(random_game(seed, 50))
    profile = random_profile(tree, np.random.default_rng(draw))
    for component in components:
        distance = component.known.distances(profile).on_path
        assert distance <= play_distance(profile, component.known.profile()) + 1e-9
        if len(component.found.outcomes) == 1:
            assert distance == pytest.approx(play_distance(profile, component.known.profile()))


def test_on_a_knife_edge_the_nearest_of_many_outcomes_counts() -> None:
    """Both messages are as good for both types, whatever the reply: every strategy is part of an equilibrium."""
    game = SignallingGame(["1/2", "1/2"], [[[0, 0]] * 2] * 2, [[[1, 0]] * 2] * 2)
    tree, components = components_of(game)
    assert len(components) == 1
    assert components[0].found.knife_edges
    play = SignallingPlay.of(tree, game)
    reply = np.array([[1.0, 0.0], [1.0, 0.0]])
    mixed = play.profile(np.array([[0.3, 0.7], [0.9, 0.1]]), reply, np.zeros((2, 2, 2)))
    assert components[0].known.distances(mixed).on_path < 1e-9
    # the reply is wrong with 1/4 after message 0, which half of the types send
    wrong = play.profile(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[0.75, 0.25], [1, 0]]), np.zeros((2, 2, 2)))
    assert components[0].known.distances(wrong).on_path == pytest.approx(0.125)


def test_names_grow_only_where_the_types_send_the_same() -> None:
    """A coordination game of replies: whoever sends, both replies on the path are equilibria of pooling."""
    game = SignallingGame(
        ["1"], [[[2, 1]]], [[[0, 0]]], type_names=["it"], message_names=["word"], response_names=["yes", "no"]
    )
    _, components = components_of(game)
    assert [named(c) for c in components] == ["it word"]  # the replies mix freely: one component, one name
    # all go, and are answered well; or all stay, or some of them go, as the answer may be bad: these hang together
    other = SignallingGame(
        ["1/3", "1/3", "1/3"],
        [[[1, 1], [0, 2]]] * 3,
        [[[1, 0], [1, 0]], [[1, 0], [0, 1]], [[1, 0], [0, 1]]],
        type_names=["a", "b", "c"],
        message_names=["stay", "go"],
        response_names=["left", "right"],
    )
    _, components = components_of(other)
    assert [named(c) for c in components] == ["all go", "all stay/go"]


def test_payoffs_that_were_added_up_in_floats_tie_where_they_should() -> None:
    """The demonstration game adds costs to payoffs; 0.1 + 0.2 is not 0.3 in floats, but the same payoff."""
    game = find_game("costly-signal")
    form = signalling_game(game.compiled)
    assert form is not None
    assert all(value.denominator <= 10**12 for plane in form.sender_payoffs for row in plane for value in row)
    assert signalling_game(BEER_QUICHE.compile()) is BEER_QUICHE
    assert signalling_game(find_game("kuhn-poker").compiled) is None


def test_what_would_take_too_long_is_refused_and_searched_instead() -> None:
    generator = np.random.default_rng(0)
    tables = [generator.integers(-20, 21, (9, 2, 2)).tolist() for _ in range(2)]
    game = SignallingGame([Fraction(1, 9)] * 9, *tables)
    with pytest.raises(EnumerationTooLarge, match="more than 1,000 steps"):
        enumerate_equilibria(game, work=1000)


def test_a_game_with_one_message_is_played_at_the_right_place() -> None:
    game = SignallingGame(["1/2", "1/2"], [[[1, 0]]] * 2, [[[0, 1]]] * 2, response_names=["no", "yes"])
    tree, (component,) = components_of(game)
    assert evaluate(component.known.profile()).nash_conv == 0
    assert component.known.distances(uniform_profile(tree)).on_path == pytest.approx(0.5)


def test_a_preset_is_called_by_its_known_names() -> None:
    game = find_game("rival-expectations")
    reference = reference_of(game)
    assert reference.source is Source.CLOSED_FORM
    form = signalling_game(game.compiled)
    assert form is not None
    found = enumerate_components(unroll(game.compiled), form, reference.components)
    assert {named(c) for c in found} == set(reference.names)


def test_least_absolute_is_at_a_zero_of_a_term_or_at_an_end() -> None:
    assert least_absolute(np.array([-0.3, 0.0]), np.array([1.0, 0.1])) == pytest.approx(0.3)
    assert least_absolute(np.array([-3.0]), np.array([1.0])) == 1.0
    assert least_absolute(np.array([0.0, -1.0]), np.array([0.0, 0.0])) == 0.0


@settings(max_examples=40)
@given(st.integers(0, 10**6))
def test_the_nearest_mixture_is_no_farther_than_any_other(seed: int) -> None:
    generator = np.random.default_rng(seed)
    points = generator.dirichlet(np.ones(3), size=int(generator.integers(1, 5)))
    target = generator.dirichlet(np.ones(3))
    nearest = np.abs(nearest_mixture(target, points) - target).sum()
    for weights in generator.dirichlet(np.ones(len(points)), size=200):
        assert nearest <= np.abs(weights @ points - target).sum() + 1e-9


@settings(max_examples=25)
@given(st.integers(0, 10**6))
def test_two_descriptions_of_a_set_give_the_same_distance(seed: int) -> None:
    """A set with one path as a product, message by message, and as the list of its corners."""
    generator = np.random.default_rng(seed)
    strategy = np.array([[1.0, 0, 0], [0, 1.0, 0]])
    used = generator.dirichlet(np.ones(2), size=2)
    unused = generator.dirichlet(np.ones(2), size=2)
    product = ProductCell(strategy, (used[:1], used[1:], unused))
    corners = JointCell(strategy[None], np.array([[used[0], used[1], row] for row in unused]))
    learned = generator.dirichlet(np.ones(3), size=2), generator.dirichlet(np.ones(2), size=3)
    prior = np.array([0.4, 0.6])
    one, other = product.distances(prior, *learned), corners.distances(prior, *learned)
    assert one.on_path == pytest.approx(other.on_path, abs=1e-7)
    assert one.off_path == pytest.approx(other.off_path, abs=1e-7)
