"""Profiles carried over to OpenSpiel and Gambit and back: the same play, the same NashConv, to the last digits."""

import io

import numpy as np
import pytest

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.lookup import lookup_policies
from olivebranch.games.base import CompiledGame, compile_game
from olivebranch.games.registry import find_game
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile, uniform_profile
from tests.games_for_tests.random_games import RandomGame

GAMES = {
    "talks": lambda: find_game("desperate-first").compiled,
    "war": lambda: find_game("war-example").compiled,
    "kuhn": lambda: find_game("kuhn-poker").compiled,
    "three players": lambda: compile_game(RandomGame(np.random.default_rng(7), 3)),
}


def game_and_profile(name: str) -> tuple[CompiledGame, BehaviourProfile]:
    game = GAMES[name]()
    return game, random_profile(unroll(game), np.random.default_rng(3))


def assert_same_play(first: BehaviourProfile, second: BehaviourProfile) -> None:
    """Equal wherever the exported game has an information set: elsewhere the way back leaves uniform play."""
    one, two = evaluate(first), evaluate(second)
    np.testing.assert_allclose(two.values, one.values, rtol=0, atol=1e-12)
    assert two.nash_conv == pytest.approx(one.nash_conv, abs=1e-12)


@pytest.mark.parametrize("name", GAMES)
def test_to_openspiel_and_back(name: str) -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.openspiel import from_openspiel, openspiel_game, to_openspiel

    game, profile = game_and_profile(name)
    spiel, policy = to_openspiel(profile, openspiel_game(game))
    back = from_openspiel(profile.tree, spiel, policy)
    assert_same_play(profile, back)
    assert_same_play(profile, behaviour_of(profile.tree, lookup_policies(back)))
    uniform = from_openspiel(profile.tree, spiel, pyspiel.UniformRandomPolicy(spiel))
    assert_same_play(uniform_profile(profile.tree), uniform)


def test_what_openspiels_solver_found_is_an_equilibrium_here() -> None:
    """CFR+ in OpenSpiel on our export of Kuhn poker: its average has the same NashConv on our tree, and a small one."""
    pyspiel = pytest.importorskip("pyspiel", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.openspiel import from_openspiel, openspiel_game

    game = find_game("kuhn-poker").compiled
    spiel = openspiel_game(game)
    solver = pyspiel.CFRPlusSolver(spiel)
    for _ in range(300):
        solver.evaluate_and_update_policy()
    average = solver.average_policy()
    found = evaluate(from_openspiel(unroll(game), spiel, average))
    assert found.nash_conv == pytest.approx(pyspiel.nash_conv(spiel, average), abs=1e-9)
    assert found.nash_conv < 0.01
    assert found.values[0] == pytest.approx(-1 / 18, abs=0.005)


def test_bots_of_a_profile_play_openspiels_game_as_the_profile_says() -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.openspiel import ProfileBot, openspiel_game

    game, profile = game_and_profile("kuhn")
    spiel, generator = openspiel_game(game), np.random.default_rng(0)
    bots = [ProfileBot(profile, player, np.random.default_rng(player + 1)) for player in range(2)]
    returns = []
    for _ in range(4000):
        state = spiel.new_initial_state()
        while not state.is_terminal():
            if state.is_chance_node():
                actions, chances = zip(*state.chance_outcomes(), strict=True)
                state.apply_action(int(generator.choice(actions, p=chances)))
            else:
                state.apply_action(bots[state.current_player()].step(state))
        returns.append(state.returns()[0])
    error = 4.5 * np.std(returns) / np.sqrt(len(returns))
    assert np.mean(returns) == pytest.approx(evaluate(profile).values[0], abs=error)
    assert pyspiel.evaluate_bots(spiel.new_initial_state(), bots, 1)  # OpenSpiel's own loop takes them


@pytest.mark.parametrize("name", [name for name in GAMES if name != "war"])
def test_to_gambit_and_back(name: str) -> None:
    pytest.importorskip("pygambit", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.gambit import from_gambit, gambit_game, to_gambit

    game, profile = game_and_profile(name)
    efg = gambit_game(game)
    mixed = to_gambit(profile, efg)
    assert_same_play(profile, from_gambit(profile.tree, mixed, efg))


def test_what_gambit_found_is_an_equilibrium_here() -> None:
    pygambit = pytest.importorskip("pygambit", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.gambit import from_gambit, gambit_game

    game = find_game("kuhn-poker").compiled
    efg = gambit_game(game)
    equilibrium = pygambit.nash.lcp_solve(efg, rational=False, use_strategic=False).equilibrium
    found = evaluate(from_gambit(unroll(game), equilibrium, efg))
    assert found.nash_conv == pytest.approx(0.0, abs=1e-9)
    assert found.values[0] == pytest.approx(-1 / 18, abs=1e-9)


def test_a_row_that_is_no_distribution_is_refused_by_label() -> None:
    from olivebranch.agents.peers.labels import ProfileBuilder, labels_by_path
    from olivebranch.theory.tree.export import to_efg

    game = find_game("kuhn-poker").compiled
    label = next(iter(labels_by_path(to_efg(game)).values()))
    with pytest.raises(ValueError, match="expected 2 probabilities"):
        ProfileBuilder(unroll(game)).set_row(0, label, np.array([0.5, 0.6]))


def test_paths_lead_to_the_labels_that_gambit_reads() -> None:
    """Every information set that Gambit found has a path of ours; the number of labels is that of the sets."""
    pygambit = pytest.importorskip("pygambit", reason="it comes with the extra 'peers'")
    from olivebranch.agents.peers.labels import labels_by_path
    from olivebranch.theory.tree.export import to_efg

    text = to_efg(GAMES["talks"]())
    efg, labels = pygambit.read_efg(io.BytesIO(text.encode())), labels_by_path(text)
    sets = [infoset for owner in ("sender", "receiver") for infoset in efg.get_infosets(owner)]
    assert {labels[infoset.actions] for infoset in sets} == set(labels.values())
