"""The .efg export, read back by OpenSpiel and by Gambit: the same game, to the last digit of NashConv."""

import io
import re

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
from olivebranch.theory.tree.profiles import BehaviourProfile, random_profile


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


def probabilities(profile: BehaviourProfile, player: int, label: str) -> list[float]:
    """Behaviour at the information set with this label, over its legal actions in the game's order."""
    stage, history, own_type = map(int, label.split()[0].split("."))
    tree = profile.tree
    legal = tree.game.legal[tree.stages[stage].state[history], player]
    return [float(p) for p in profile.of(player, stage)[history, own_type, legal]]


@pytest.mark.parametrize("name", GAMES)
def test_openspiel_computes_our_nash_conv_and_values_from_the_export(name: str) -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel reads the export here")
    game = GAMES[name]()
    profile = random_profile(unroll(game), np.random.default_rng(1))
    spiel = pyspiel.load_efg_game(to_efg(game))
    table: dict[str, list[tuple[int, float]]] = {}

    def walk(state: "pyspiel.State") -> None:
        if not state.is_terminal() and not state.is_chance_node():
            # "<player>-<player>-<number>-<label>"
            player, text = state.current_player(), state.information_state_string()
            row = probabilities(profile, player, text.split("-", 3)[3])
            table[text] = list(zip(state.legal_actions(), row, strict=True))
        for action in state.legal_actions():
            walk(state.child(action))

    walk(spiel.new_initial_state())
    policy, result = pyspiel.TabularPolicy(table), evaluate(profile)
    values = pyspiel.expected_returns(spiel.new_initial_state(), policy, -1, True)
    np.testing.assert_allclose(values, result.values, atol=1e-9)
    assert pyspiel.nash_conv(spiel, policy) == pytest.approx(result.nash_conv, abs=1e-9)


def labels_by_path(text: str) -> dict[tuple[str, ...], str]:
    """The label of the information set at each decision node of an .efg text, by the actions that lead to the node."""
    lines, result = iter(text.splitlines()[1:]), {}

    def walk(path: tuple[str, ...]) -> None:
        line = next(lines)
        if line[0] == "t":
            return
        names = re.findall(r'"([^"]*)"', line)  # node, then information set, then actions
        if line[0] == "p":
            result[path] = names[1]
        for action in names[2:]:
            walk((*path, action))

    walk(())
    assert next(lines, None) is None
    return result


@pytest.mark.parametrize("name", [name for name in GAMES if name != "leduc"])
def test_gambit_computes_our_values_and_regret_from_the_export(name: str) -> None:
    pygambit = pytest.importorskip("pygambit", reason="Gambit reads the export here")
    if not hasattr(pygambit, "H"):
        pytest.skip("Gambit before 17 names nodes otherwise")
    game = GAMES[name]()
    profile = random_profile(unroll(game), np.random.default_rng(2))
    text = to_efg(game)
    efg, labels = pygambit.read_efg(io.BytesIO(text.encode())), labels_by_path(text)
    mixed = efg.mixed_behavior_profile(rational=False)
    regret = {}
    for player, owner in enumerate(game.game.players):
        for infoset in efg.get_infosets(owner):
            node = pygambit.H.path(*infoset.actions)
            row = probabilities(profile, player, labels[infoset.actions])
            mixed[node] = dict(zip(efg.get_actions(node), row, strict=True))
            regret[infoset] = (player, labels[infoset.actions])
    result, sets = evaluate(profile), information_sets(profile)
    for player, owner in enumerate(game.game.players):
        assert mixed.payoffs[owner] == pytest.approx(result.values[player], abs=1e-9)
    for infoset, (player, label) in regret.items():
        stage, history, own_type = map(int, label.split()[0].split("."))
        ours = sets[stage].regret[history, profile.tree.type_offset[player] + own_type]
        assert mixed.infoset_regrets[pygambit.H.path(*infoset.actions)] == pytest.approx(ours, abs=1e-9)


def test_probabilities_sum_to_exactly_one_for_the_exact_reader() -> None:
    text = to_efg(compile_game(KuhnPoker()))
    assert '{ "jack, queen" 1/6 "jack, king" 1/6 "queen, jack" 1/6 "queen, king" 1/6 ' in text


def test_an_export_that_would_be_too_large_is_refused() -> None:
    with pytest.raises(TreeTooLarge, match="would exceed 50 nodes"):
        to_efg(compile_game(KuhnPoker()), max_nodes=50)
