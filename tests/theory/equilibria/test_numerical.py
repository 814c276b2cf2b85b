"""Searches, polishing and games of constant sum: what is found is an equilibrium to rounding, at any scale."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_games import RandomGame

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import Game, Outcome, compile_game
from olivebranch.games.registry import find_game
from olivebranch.games.yardsticks import LeducPoker
from olivebranch.theory.equilibria import numerical
from olivebranch.theory.equilibria.closed_forms import KuhnComponent, kuhn_equilibrium
from olivebranch.theory.equilibria.minimax import MinimaxComponent
from olivebranch.theory.equilibria.numerical import (
    Job,
    NumericalEquilibria,
    Search,
    find_equilibria,
    is_constant_sum,
    payoff_range,
    rationality_gap,
)
from olivebranch.theory.equilibria.polish import Polished, polish
from olivebranch.theory.equilibria.reference import Source, reference_of, searched
from olivebranch.theory.tree.distance import play_distance
from olivebranch.theory.tree.dynamics import NumericalEquilibrium, cfr_plus, magnetic_mirror_descent
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile


class Assembly(Game):
    """Three players vote at once for a or b; the majority wins, and who is in it gets ``stake``, in b twice as much."""

    name = "assembly"
    players = ("one", "two", "three")
    action_names = ("a", "b")
    type_names = (("only",),) * 3
    prior = np.ones((1, 1, 1))

    def __init__(self, stake: float = 1.0) -> None:
        self.stake = stake

    def initial_state(self) -> str:
        return "vote"

    def legal_actions(self, state: str) -> Sequence[Sequence[int]]:
        return ((0, 1),) * 3 if state == "vote" else ()

    def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
        winner = int(sum(joint) >= 2)
        shares = [self.stake * (1 + winner) if vote == winner else 0.0 for vote in joint]
        return (Outcome("", "end", 1.0, np.array(shares).reshape(3, 1, 1, 1)),)


def tree_of(game: Game) -> GameTree:
    return unroll(compile_game(game))


def found_in(game: Game) -> NumericalEquilibria:
    return find_equilibria(tree_of(game), cached=False)


@pytest.mark.parametrize("stake", [1.0, 1e-4, 3e5])
def test_a_vote_of_three_has_its_two_unanimous_equilibria_at_any_scale(stake: float) -> None:
    found = found_in(Assembly(stake))
    names = [component.name for component in found.components]
    assert "one a; two a; three a" in names or "one b; two b; three b" in names
    assert names == sorted(names)
    assert found.payoff_range == pytest.approx(2 * stake)
    assert found.gap <= 1e-6 * found.payoff_range
    for component in found.components:
        assert component.equilibrium.converged
        assert component.distances(component.profile()).on_path == 0


@settings(max_examples=12)
@given(st.integers(0, 10**6))
def test_games_of_three_players_are_polished_to_rounding(seed: int) -> None:
    tree = tree_of(RandomGame(np.random.default_rng(seed), 3))
    start = cfr_plus(uniform_profile(tree), steps=300)
    found = polish(start.profile, tolerance=1e-9)
    assert found.evaluation.nash_conv <= start.evaluation.nash_conv
    assert found.evaluation.nash_conv == pytest.approx(evaluate(found.profile).nash_conv)
    if start.evaluation.nash_conv < 1e-3:
        assert found.evaluation.nash_conv <= 1e-6


def test_polishing_stays_near_its_start_and_leaves_play_off_the_path_alone() -> None:
    """Mirror descent ends near a logit equilibrium, with traces of every action, and rational off the path."""
    tree = unroll(find_game("war-korea-1951-confident").compiled)
    rough = magnetic_mirror_descent(uniform_profile(tree), steps=1000, tolerance=1e-6)
    assert 1e-7 < rough.evaluation.nash_conv < 1e-4
    found = polish(rough.profile, tolerance=1e-9)
    assert found.evaluation.nash_conv <= 1e-9
    assert play_distance(rough.profile, found.profile) < 0.02
    assert rationality_gap(found.profile) <= rationality_gap(rough.profile) + 1e-6


def test_polishing_an_equilibrium_changes_nothing() -> None:
    profile = kuhn_equilibrium(unroll(find_game("kuhn-poker").compiled), 0.2)
    found = polish(profile, tolerance=1e-9)
    assert found.profile is profile
    assert found.programs == 0


def test_kuhn_poker_is_solved_by_one_program_to_its_value() -> None:
    """-1/18 to the first player (Kuhn 1950)."""
    game = find_game("kuhn-poker")
    tree = unroll(game.compiled)
    assert is_constant_sum(game.compiled)
    search = searched(game, tree, cached=False)
    assert search.source is Source.LINEAR_PROGRAM
    assert [component.name for component in search.components] == ["kuhn-1950"]
    evaluation = search.components[0].equilibrium.evaluation
    assert evaluation.nash_conv == pytest.approx(0, abs=1e-9)
    assert evaluation.values == pytest.approx([-1 / 18, 1 / 18], abs=1e-9)


def test_leduc_poker_is_solved_to_its_value() -> None:
    """-0.085606 to the first player (Southey et al. 2005, as OpenSpiel documents it)."""
    found = found_in(LeducPoker())
    assert found.solvers == ("lp",)
    (component,) = found.components
    assert component.equilibrium.evaluation.nash_conv <= 1e-8
    assert component.equilibrium.evaluation.values[0] == pytest.approx(-0.085606424, abs=1e-6)


@settings(max_examples=12)
@given(st.integers(0, 2**32 - 1))
def test_the_set_of_optimal_pairs_is_kuhns_family(draw: int) -> None:
    """Kuhn proved that his family is all there is, so both distances are the same."""
    tree = unroll(find_game("kuhn-poker").compiled)
    component = MinimaxComponent(find_equilibria(tree).components[0].equilibrium)
    generator = np.random.default_rng(draw)
    one, other = kuhn_equilibrium(tree, generator.random() / 3), random_profile(tree, generator)
    share = generator.random() ** 2
    mixed = [(1 - share) * a + share * b for a, b in zip(one.stages, other.stages, strict=True)]
    profile = BehaviourProfile(tree, tuple(mixed))
    assert component.distances(profile).on_path == pytest.approx(
        KuhnComponent(tree).distances(profile).on_path, abs=1e-6
    )
    assert component.distances(one).on_path < 1e-7


class Pennies(Game):
    """Matching pennies with three faces: every pair of strategies that is optimal gives each face a third.

    The loser pays, and both get ``gift`` besides, so that the sum is constant and not zero."""

    name = "faces"
    players = ("even", "odd")
    action_names = ("one", "two", "three")
    type_names = (("only",), ("only",))
    prior = np.ones((1, 1))

    def __init__(self, gift: float) -> None:
        self.gift = gift

    def initial_state(self) -> int:
        return 0

    def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
        return ((0, 1, 2), (0, 1, 2)) if state == 0 else ()

    def outcomes(self, state: int, joint: tuple[int, ...]) -> Sequence[Outcome]:
        won = 2.0 if joint[0] == joint[1] else -1.0
        return (Outcome("", 1, 1.0, self.gift + np.array([won, -won]).reshape(2, 1, 1)),)


@pytest.mark.parametrize("gift", [0.0, 10.0])
def test_a_constant_sum_counts_as_a_zero_sum_does(gift: float) -> None:
    game = Pennies(gift)
    tree = tree_of(game)
    assert is_constant_sum(tree.game)
    assert payoff_range(tree.game) == pytest.approx(3)
    (component,) = found_in(game).components
    assert component.equilibrium.evaluation.values == pytest.approx([gift, gift])
    assert component.profile().stages[0] == pytest.approx(1 / 3, abs=1e-9)
    # always the first face: a third of what uniform play does is in common with 1, 1 .. 1, 3
    tables = [np.array([[[1.0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]])]
    learned = BehaviourProfile(tree, tuple(tables))
    assert MinimaxComponent(component.equilibrium).distances(learned).on_path == pytest.approx(2 / 3, abs=1e-6)


def test_the_range_of_payoffs_is_that_of_whole_plays() -> None:
    game = find_game("kuhn-poker").compiled
    assert payoff_range(game) == 4  # from -2 to 2
    assert not is_constant_sum(find_game("war-example").compiled)


def test_a_search_tells_its_jobs_to_who_watches() -> None:
    seen: list[tuple[str, int]] = []

    def watch(jobs: Sequence[Job], what: str) -> Iterable[Job]:
        seen.append((what, len(jobs)))
        return jobs

    search = Search(solvers=("mmd", "cfr+"), starts=2, steps=50)
    find_equilibria(unroll(find_game("war-example").compiled), search, watch, cached=False)
    assert seen[0] == ("searching", 4)
    assert seen[1][0] == "polishing"


def test_what_has_not_converged_is_left_out_where_something_has(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = unroll(find_game("war-example").compiled)
    monkeypatch.setattr(
        numerical, "polish", lambda start, *, tolerance: Polished(start, evaluate(start), 0)
    )  # as where polishing does not help

    def found(*profiles: BehaviourProfile) -> NumericalEquilibria:
        jobs = [lambda p=p: NumericalEquilibrium("mine", p, evaluate(p), 1, False) for p in profiles]
        monkeypatch.setattr(numerical, "_jobs", lambda *_: jobs)
        return find_equilibria(tree, cached=False)

    exact, far = cfr_plus(uniform_profile(tree), steps=100).profile, uniform_profile(tree)
    both = found(exact, far)
    assert [component.equilibrium.converged for component in both.components] == [True]
    assert (both.searches, both.left_out) == (2, 1)
    alone = found(far)
    assert [component.equilibrium.converged for component in alone.components] == [False]
    assert alone.gap > 0.1
    assert alone.left_out == 0
    tables = [0.9999 * table + 0.0001 * other for table, other in zip(exact.stages, far.stages, strict=True)]
    rough = found(far, BehaviourProfile(tree, tuple(tables)))
    assert 1e-6 * rough.payoff_range < rough.gap < 1e-3 * rough.payoff_range  # and what is far from one is no reference
    assert len(rough.components) == 1


@pytest.mark.parametrize(
    ("settings_", "message"),
    [
        ({"solvers": ("cfr",)}, "solver = 'cfr': expected one of"),
        ({"starts": 0}, "starts = 0: expected a whole number of at least 1"),
        ({"steps": -1}, "steps = -1: expected a whole number of at least 1"),
        ({"tolerance": 0.0}, "tolerance = 0.0: expected a number above 0"),
    ],
)
def test_settings_that_make_no_search_are_refused(settings_: dict[str, object], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Search(**settings_)  # type: ignore[arg-type]


def test_the_linear_program_is_for_games_of_constant_sum() -> None:
    tree = unroll(find_game("war-example").compiled)
    with pytest.raises(ParameterError, match=r"solver = 'lp': expected a two-player game of constant sum"):
        find_equilibria(tree, Search(solvers=("lp",)))


def test_a_game_of_chance_alone_is_its_own_equilibrium() -> None:
    class Lottery(Pennies):
        def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
            return ((0,), (0,)) if state == 0 else ()

    (component,) = found_in(Lottery(0.0)).components
    assert component.name == "nobody has a choice"
    assert component.equilibrium.evaluation.nash_conv == 0
    assert reference_of(find_game("kuhn-poker")).source is Source.CLOSED_FORM
