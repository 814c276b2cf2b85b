"""Whether beliefs support a profile: equilibria of every kind, threats that no belief supports, and play by hand."""

import numpy as np
import pytest

from olivebranch.games.kuhn import compile_kuhn, equilibrium_behaviour
from olivebranch.games.registry import find_game, preset_names
from olivebranch.theory.equilibria.reference import reference_of
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, build_profile, random_profile
from olivebranch.theory.tree.support import least_loss, support


@pytest.mark.parametrize("preset", preset_names("talks"))
def test_every_equilibrium_of_the_talks_game_is_supported(preset: str) -> None:
    for component in reference_of(find_game(preset)).components:
        assert support(component.profile()).loss == pytest.approx(0.0, abs=1e-9), component.name


def test_kuhns_equilibria_are_supported_and_a_mistake_off_the_path_is_not() -> None:
    game = compile_kuhn()
    tree = unroll(game)
    behaviour = equilibrium_behaviour(0.0)

    def play(changed: dict[tuple[int, int, str], float]) -> BehaviourProfile:
        def answer(seat, own_type, public_state, recent_edges):  # type: ignore[no-untyped-def]
            keys = [(seat, int(t), game.states[s]) for t, s in zip(own_type, public_state, strict=True)]
            bets = np.array([{**behaviour, **changed}[key] for key in keys])
            return np.stack([1 - bets, bets], axis=1)

        return build_profile(tree, answer)

    assert support(play({})).loss == pytest.approx(0.0, abs=1e-12)
    # With jack_bets = 0 the first player never bets (a king neither), so nobody sees a bet: folding a king to it would
    # lose a pot of 2 + 1 = 3 whatever the belief, and costs nothing against that first player.
    mistake = play({(1, 2, "b"): 0.0})
    found = support(mistake)
    assert found.off_path == pytest.approx(3.0)
    assert support(mistake, enough=5.0).off_path <= 5.0  # so much is allowed
    assert support(mistake, enough=0.1).loss > 0.1  # the first player gains by betting, which is found first
    # A queen that folds to a bet is right if the bettor holds the king.
    assert support(play({(1, 1, "b"): 0.0})).off_path == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["kuhn-poker", "war-example", "war-ukraine-2022", "costly-signal"])
def test_where_everything_is_reached_it_is_the_regret_under_bayes_beliefs(name: str, seed: int) -> None:
    profile = random_profile(unroll(find_game(name).compiled), np.random.default_rng(seed))
    found = support(profile)
    worst = max(float(np.nanmax(level.regret)) for level in information_sets(profile))
    assert found.on_path == pytest.approx(worst)
    assert found.off_path == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_a_belief_that_bayes_rule_gives_is_one_of_those_that_may_support(seed: int) -> None:
    """So nothing loses more where any belief may be held than under Bayes' rule."""
    profile = random_profile(unroll(find_game("war-example").compiled), np.random.default_rng(seed))
    free = support(profile, rare=2.0)
    assert free.on_path == 0.0
    assert 0.0 < free.off_path <= support(profile).on_path + 1e-9


def test_least_loss_is_the_value_of_a_matrix_game() -> None:
    generator = np.random.default_rng(0)
    for _ in range(20):
        gains = generator.normal(size=(3, 4))
        grid = np.array([(a, b, 100 - a - b) for a in range(101) for b in range(101 - a)]) / 100
        by_grid = max(float((grid @ gains).max(axis=1).min()), 0.0)
        assert by_grid - 0.05 <= least_loss(gains) <= by_grid + 1e-9


def test_a_numerical_equilibrium_of_three_players_is_supported_on_its_path() -> None:
    game = find_game("war-ukraine-2022")
    profile = reference_of(game).components[0].profile()
    assert evaluate(profile).nash_conv < 1e-6
    assert support(profile, rare=1e-6).on_path < 1e-3
