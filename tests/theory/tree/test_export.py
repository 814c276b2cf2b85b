"""The .efg export, read back by OpenSpiel and by Gambit: the same game, to the last digit of NashConv."""

import numpy as np
import pytest
from random_games import RandomGame

from olivebranch.games.base import CompiledGame, compile_game
from olivebranch.games.kuhn import KuhnPoker
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.games.yardsticks import LeducPoker
from olivebranch.theory.tree.evaluation import evaluate, information_sets
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import random_profile


def random_talks(seed: int) -> CompiledGame:
    draw = np.random.default_rng(seed).random
    return compile_talks(
        TalksParameters(
            prior_high=draw(), loss_high=draw() / 2, loss_low=0.5 + draw() / 2, escalation_cost=draw() / 2,
            sender_dividend=0.01 + draw() / 2, receiver_dividend=draw() / 4, pressure=draw() * 0.9,
            shelter=draw() * 0.9, face_cost=draw() / 4, guarantee=draw() / 4,
        )
    )  # fmt: skip


GAMES = {
    **{f"talks {seed}": lambda seed=seed: random_talks(seed) for seed in range(6)},
    **{f"random {seed}": lambda seed=seed: compile_game(RandomGame(np.random.default_rng(seed))) for seed in range(6)},
    "three players": lambda: compile_game(RandomGame(np.random.default_rng(7), 3)),
    "kuhn": lambda: compile_game(KuhnPoker()),
    "leduc": lambda: compile_game(LeducPoker()),
}


@pytest.mark.parametrize("name", GAMES)
def test_openspiel_computes_our_nash_conv_and_values_from_the_export(name: str) -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel reads the export here")
    from olivebranch.agents.peers.openspiel import to_openspiel

    profile = random_profile(unroll(GAMES[name]()), np.random.default_rng(1))
    (spiel, policy), result = to_openspiel(profile), evaluate(profile)
    values = pyspiel.expected_returns(spiel.new_initial_state(), policy, -1, True)
    np.testing.assert_allclose(values, result.values, atol=1e-9)
    assert pyspiel.nash_conv(spiel, policy) == pytest.approx(result.nash_conv, abs=1e-9)


@pytest.mark.parametrize("name", [name for name in GAMES if name != "leduc"])
def test_gambit_computes_our_values_and_regret_from_the_export(name: str) -> None:
    pygambit = pytest.importorskip("pygambit", reason="Gambit reads the export here")
    if not hasattr(pygambit, "H"):
        pytest.skip("Gambit before 17 names nodes otherwise")
    from olivebranch.agents.peers.gambit import gambit_game, labelled_sets, to_gambit

    game = GAMES[name]()
    profile = random_profile(unroll(game), np.random.default_rng(2))
    efg = gambit_game(game)
    mixed, result, sets = to_gambit(profile, efg), evaluate(profile), information_sets(profile)
    for player, owner in enumerate(game.game.players):
        assert mixed.payoffs[owner] == pytest.approx(result.values[player], abs=1e-9)
    for player, node, label in labelled_sets(efg, game):
        stage, history, own_type = map(int, label.split()[0].split("."))
        ours = sets[stage].regret[history, profile.tree.type_offset[player] + own_type]
        assert mixed.infoset_regrets[node] == pytest.approx(ours, abs=1e-9)


def test_probabilities_sum_to_exactly_one_for_the_exact_reader() -> None:
    text = to_efg(compile_game(KuhnPoker()))
    assert '{ "jack, queen" 1/6 "jack, king" 1/6 "queen, jack" 1/6 "queen, king" 1/6 ' in text


def test_an_export_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(TreeTooLarge, match="would exceed 50 nodes"):
        to_efg(compile_game(KuhnPoker()), max_nodes=50)
