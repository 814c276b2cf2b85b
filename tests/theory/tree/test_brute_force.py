"""The vectorised walk against plain recursion, and best responses against every pure strategy there is."""

import numpy as np
import pytest
from random_games import RandomGame, histories_by_path, pure_plans, recursive_values

from olivebranch.games.base import compile_game
from olivebranch.theory.tree.evaluation import best_response, evaluate, information_sets
from olivebranch.theory.tree.histories import estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile

SEEDS = range(12)


def random_case(seed: int, n_players: int = 2) -> BehaviourProfile:
    generator = np.random.default_rng(seed)
    tree = unroll(compile_game(RandomGame(generator, n_players)))
    return random_profile(tree, generator)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_players", [2, 3])
def test_values_by_player_and_type_equal_plain_recursion(seed: int, n_players: int) -> None:
    profile = random_case(seed, n_players)
    game, paths = profile.tree.game, histories_by_path(profile)
    by_profile = np.array([recursive_values(profile, paths, w) for w in range(game.n_profiles)])
    result = evaluate(profile)
    np.testing.assert_allclose(result.values, game.prior @ by_profile, atol=1e-12)
    for i in range(n_players):
        for t in range(game.n_types[i]):
            here = game.profile_types[:, i] == t
            probability = game.prior[here].sum()
            if probability > 0:
                expected = game.prior[here] @ by_profile[here, i] / probability
                assert result.values_by_type[i][t] == pytest.approx(expected, abs=1e-12)
            else:
                assert np.isnan(result.values_by_type[i][t])


@pytest.mark.parametrize("seed", SEEDS)
def test_best_response_equals_the_best_of_all_pure_strategies(seed: int) -> None:
    profile = random_case(seed)
    game, paths = profile.tree.game, histories_by_path(profile)
    result = evaluate(profile)
    compared = 0
    for i in range(2):
        n_plans = np.prod([game.legal[profile.tree.stages[t].state[h], i].sum() for t, h in paths.values()])
        if n_plans > 3000:
            continue
        plans = list(pure_plans(game, profile, i))
        for t in range(game.n_types[i]):
            here = np.flatnonzero((game.profile_types[:, i] == t) & (game.prior > 0))
            if len(here) == 0:
                continue
            of_plan = [
                sum(game.prior[w] * recursive_values(profile, paths, w, plan, i)[i] for w in here) for plan in plans
            ]
            assert result.best_values_by_type[i][t] == pytest.approx(max(of_plan) / game.prior[here].sum(), abs=1e-12)
            compared += 1
    assert compared > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("n_players", [2, 3])
def test_the_best_response_given_as_a_profile_earns_the_best_value(seed: int, n_players: int) -> None:
    profile = random_case(seed, n_players)
    for player in range(n_players):
        response = best_response(profile, player)
        result = evaluate(response)
        assert result.values[player] == pytest.approx(evaluate(profile).best_values[player], abs=1e-12)
        assert result.gains[player] == pytest.approx(0.0, abs=1e-12)
        for t, (table, before) in enumerate(zip(response.stages, profile.stages, strict=True)):
            assert set(np.unique(response.of(player, t))) <= {0.0, 1.0}
            others = np.delete(np.arange(before.shape[1]), np.r_[profile.tree.types_of(player)])
            np.testing.assert_array_equal(table[:, others], before[:, others])


@pytest.mark.parametrize("seed", SEEDS)
def test_nash_conv_splits_by_player_type_stage_and_information_set(seed: int) -> None:
    profile = random_case(seed, 3)
    result, sets = evaluate(profile), information_sets(profile)
    assert result.nash_conv == pytest.approx(result.gains.sum())
    assert result.nash_conv == pytest.approx(sum(part.sum() for part in result.gains_by_type))
    assert result.nash_conv == pytest.approx(result.gains_by_stage.sum())
    assert result.nash_conv == pytest.approx(sum(level.gain_share.sum() for level in sets))
    assert all((level.gain_share >= 0).all() for level in sets)
    np.testing.assert_allclose(result.best_values - result.values, result.gains)
    root, columns = sets[0], [profile.tree.types_of(i) for i in range(3)]
    for i, part in enumerate(columns):
        np.testing.assert_allclose(root.values[0, part], result.values_by_type[i], atol=1e-12)
        np.testing.assert_allclose(root.best_values[0, part], result.best_values_by_type[i], atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_beliefs_and_action_values_follow_from_bayes_and_recursion(seed: int) -> None:
    profile = random_case(seed)
    tree, game = profile.tree, profile.tree.game
    paths, sets = histories_by_path(profile), information_sets(profile)
    for path, (stage, row) in paths.items():
        # Pr(history | type profile), nature's and the players' parts, multiplied along the path
        chance, own = game.prior.copy(), np.ones((2, game.n_profiles))
        for back, e in enumerate(path):
            at, before = paths[path[:back]]
            chance = chance * game.edge_probability[e]
            for i in range(2):
                action = game.joint_actions(game.edge_joint[e])[i]
                own[i] *= profile.of(i, at)[before, game.profile_types[:, i], action]
        for i in range(2):
            for t in range(game.n_types[i]):
                column = int(tree.type_offset[i]) + t
                weight = np.where(game.profile_types[:, i] == t, chance * own[1 - i], 0.0)
                level = sets[stage]
                assert level.counterfactual_reach[row, column] == pytest.approx(weight.sum(), abs=1e-14)
                if weight.sum() == 0:
                    assert np.isnan(level.beliefs[row, column]).all()
                    continue
                belief = weight / weight.sum()
                np.testing.assert_allclose(level.beliefs[row, column], belief, atol=1e-12)
                state = int(tree.stages[stage].state[row])
                for a in range(game.n_actions):
                    if not game.legal[state, i, a]:
                        assert np.isnan(level.action_values[row, column, a])
                        continue
                    once = BehaviourProfile(tree, tuple(table.copy() for table in profile.stages))
                    once.of(i, stage)[row, t] = np.eye(game.n_actions)[a]
                    expected = sum(
                        belief[w] * recursive_values(once, paths, w, state=state, path=path)[i]
                        for w in np.flatnonzero(belief)
                    )
                    assert level.action_values[row, column, a] == pytest.approx(expected, abs=1e-12)


def test_size_estimate_counts_the_histories_that_unrolling_makes() -> None:
    for seed in SEEDS:
        profile = random_case(seed)
        size = estimate(profile.tree.game)
        assert size.histories == tuple(len(stage.state) for stage in profile.tree.stages)
        assert size.tree_bytes == sum(
            array.nbytes for s in profile.tree.stages for array in (s.state, s.parent, s.edge, s.first_child)
        )
        assert size.profile_bytes == sum(table.nbytes for table in profile.stages)
