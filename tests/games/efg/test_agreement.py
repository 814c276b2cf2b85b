"""An imported game is the same game to OpenSpiel, to Gambit and to us, whoever wrote the file."""

import re
from pathlib import Path

import numpy as np
import pytest
from efg_oracles import gambit_values, openspiel, ours
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from random_games import RandomGame
from random_trees import random_tree

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, compile_game
from olivebranch.games.efg import import_efg
from olivebranch.games.efg.reading import read_efg
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.yardsticks import LeducPoker
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.export import to_efg
from olivebranch.theory.tree.histories import estimate, unroll
from olivebranch.theory.tree.profiles import random_profile


def agrees_with_openspiel(text: str, seed: int = 0) -> None:
    rules, _, by_set, evaluation = ours(text, seed=seed)
    values, nash_conv = openspiel(rules.tree.form, by_set)
    np.testing.assert_allclose(evaluation.values, values, atol=1e-9)
    assert evaluation.nash_conv == pytest.approx(nash_conv, abs=1e-9)


def survives_the_round_trip(game: CompiledGame, seed: int = 1) -> CompiledGame:
    """A random profile of a game is worth the same after export and import, to each player."""
    tree, text = unroll(game), to_efg(game)
    profile = random_profile(tree, np.random.default_rng(seed))
    by_set = []
    for which in read_efg(text, "x").information_sets:
        stage, history, own_type = map(int, which.label.split()[0].split("."))  # see to_efg
        legal = game.legal[tree.stages[stage].state[history], which.player]
        by_set.append(profile.of(which.player, stage)[history, own_type, legal].astype(np.float64))
    _, back, _, evaluation = ours(text, by_set)
    expected = evaluate(profile)
    np.testing.assert_allclose(evaluation.values, expected.values, atol=1e-12)
    np.testing.assert_allclose(evaluation.gains, expected.gains, atol=1e-12)
    return back


# The largest take a minute; they run with the slow tests.
LARGE = {"war-korea-1951-collapse", "war-korea-1951-confident", "war-north-vietnam-1965", "war-sino-indian-1962"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in LARGE else ()) for name in preset_names()]
)
def test_every_preset_survives_export_and_import(name: str) -> None:
    game = load_preset(name).compile()
    if sum(len(stage) for stage in unroll(game).stages) > 3000:
        pytest.skip("its .efg file would be too large to read")
    back = survives_the_round_trip(game)
    assert back.n_types == game.n_types
    assert {*map(frozenset, back.game.type_names)} == {*map(frozenset, game.game.type_names)}
    assert set(back.game.action_names) <= set(game.game.action_names)


def test_leduc_poker_survives_export_and_import() -> None:
    game = compile_game(LeducPoker())
    back = survives_the_round_trip(game)
    assert [len(stage) for stage in unroll(back).stages] == [len(stage) for stage in unroll(game).stages]


@given(seed=st.integers(0, 10_000), n_players=st.integers(2, 3))
@settings(max_examples=30, deadline=None)
def test_random_games_survive_export_and_import(seed: int, n_players: int) -> None:
    game = compile_game(RandomGame(np.random.default_rng(seed), n_players))
    assume(estimate(game).information_sets > 0)  # an .efg file of a game without choices is refused
    survives_the_round_trip(game, seed)


@given(seed=st.integers(0, 1_000_000))
@settings(max_examples=60, deadline=None)
def test_whatever_is_accepted_is_the_same_game(seed: int) -> None:
    """Random trees with information sets that may be anything: what is not refused agrees with OpenSpiel."""
    pytest.importorskip("pyspiel", reason="OpenSpiel is the judge here")
    text = random_tree(np.random.default_rng(seed))
    try:
        import_efg(text)
    except ParameterError:
        assume(False)
    agrees_with_openspiel(text, seed)


# Games of Gambit's catalog by whether they are of the class. Those that are not have imperfect recall, moves that are
# seen by some only, or a mover that depends on what is private.
OF_THE_CLASS = (
    "books/myerson1991/fig2_1",
    "books/shohamleytonbrown2008/fig5_1",
    "books/shohamleytonbrown2008/fig5_10",
    "books/shohamleytonbrown2008/fig5_11",
    "books/shohamleytonbrown2008/fig5_2",
    "books/shohamleytonbrown2008/fig5_9",
    "books/shohamleytonbrown2008/fig6_2",
    "books/shohamleytonbrown2008/fig6_8",
    "books/vonstengel2022/fig10.1",
    "books/vonstengel2022/fig10.12",
    "books/watson2013/exercise29_6",
    "books/watson2013/fig29_1",
    "journals/ijgt/selten1975/fig2",
    "journals/mor/vonstengelforges2008/fig1",
    "journals/other/reiley2008/fig1",
)
OUTSIDE = {
    "books/myerson1991/fig4_2": "the game is over: what can be done may depend neither on types nor on hidden moves",
    "books/shohamleytonbrown2008/fig5_12": "which has another public history",
    "books/vonstengel2022/fig10.7": "'II' moves again before all have seen its last move",
    "conf/itcs/jakobsen2016/fig1a": "what can be done may depend neither on types nor on hidden moves",
    "journals/geb/bagwell1995": "by something that neither all have seen nor the deal has told it",
    "journals/geb/gilboa1997/fig1": "which has another public history",
    "journals/geb/wichardt2008": "moves again before all have seen its last move",
    "journals/ijgt/selten1975/fig1": "what can be done may depend neither on types nor on hidden moves",
}


def from_the_catalog(name: str) -> str:
    pygambit = pytest.importorskip("pygambit", reason="Gambit brings these games")
    file = Path(pygambit.__file__).parent / "catalog_data" / f"{name}.efg"
    if not file.is_file():
        pytest.skip("this version of Gambit does not bring this game")
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", OF_THE_CLASS)
def test_games_of_gambits_catalog_agree_with_openspiel_and_gambit(name: str) -> None:
    text = from_the_catalog(name)
    rules, _, by_set, evaluation = ours(text)
    form = rules.tree.form
    if all(len(set(node.branches)) == len(node.branches) for node in form.nodes):
        np.testing.assert_allclose(gambit_values(text, form, by_set), evaluation.values, atol=1e-9)
    pytest.importorskip("pyspiel", reason="OpenSpiel computes NashConv here")
    agrees_with_openspiel(text)


@pytest.mark.parametrize("name", OUTSIDE)
def test_games_of_gambits_catalog_outside_of_the_class_are_refused(name: str) -> None:
    with pytest.raises(ParameterError) as caught:
        import_efg(from_the_catalog(name), name)
    assert OUTSIDE[name] in str(caught.value)
    assert re.search(r"; in line \d+ ", str(caught.value))


@pytest.mark.parametrize("name", ["Kuhn poker", "General Bayes game", "Signaling game", "Simple single-agent problem"])
def test_openspiels_own_examples_agree_with_openspiel(name: str) -> None:
    pyspiel = pytest.importorskip("pyspiel", reason="OpenSpiel brings these games")
    source = Path(pyspiel.__file__).parent / "open_spiel" / "games" / "efg_game" / "efg_game_data.cc"
    if not source.is_file():
        pytest.skip("this version of OpenSpiel does not bring its examples")
    texts = re.findall(r'R"###\((.*?)\)###"', source.read_text(encoding="utf-8"), re.DOTALL)
    (text,) = [text for text in texts if f'EFG 2 R "{name}' in text]
    agrees_with_openspiel(text.lstrip())
