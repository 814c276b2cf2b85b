"""Sets of certified games: the committed ones hold what they say, and a changed game or certificate is seen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import find_game
from olivebranch.theory.certified.certificates import BRANCH, certify, check
from olivebranch.theory.certified.draws import CONFLICT, MIXED, PURE, SELECTED, STRATA, draw_game, structure
from olivebranch.theory.certified.sets import (
    PREFIXES,
    SIZES,
    YARDSTICKS,
    draw_set,
    faults_of,
    identity,
    read_set,
    write_set,
)
from olivebranch.theory.equilibria.reference import reference_of

FOLDER = Path(__file__).parents[3] / "configs" / "benchmark" / "games"
SETS = {split: read_set(FOLDER / f"{split}.yaml") for split in ("development", "test")}
SMALL = [game for chosen in SETS.values() for game in chosen.games if game.game.kind in ("talks", "signalling")]


def test_the_sets_are_large_enough_disjoint_and_have_every_stratum() -> None:
    development, test = SETS["development"], SETS["test"]
    assert len(development.games) >= 12
    assert len(test.games) >= 24
    assert {game.sha256 for game in development.games}.isdisjoint(game.sha256 for game in test.games)
    for split, chosen in SETS.items():
        assert chosen.split == split
        assert {game.stratum for game in chosen.games} == set(STRATA)
    assert {game.name for game in test.games} >= set(YARDSTICKS)
    wars = [game.game.compiled for game in test.games if game.game.kind == "war"]
    assert {game.n_players for game in wars} == {2, 3}
    assert {game.game.parameters.as_dict()["horizon"] for game in test.games if game.game.kind == "war"} == {2, 3, 4, 5}


@pytest.mark.parametrize("game", SMALL, ids=lambda game: game.name)
def test_every_certificate_of_a_signalling_game_holds(game) -> None:  # type: ignore[no-untyped-def]
    assert faults_of(game) == []


@pytest.mark.parametrize("split", SETS)
def test_a_set_is_drawn_again_to_the_same_games(split: str) -> None:
    """Of each stratum the first two; the whole set is drawn by `olivebranch benchmark draw`."""
    chosen = SETS[split]
    for place, stratum in enumerate(STRATA):
        for number in range(2):
            generator = np.random.default_rng([("development", "test").index(split), chosen.seed, place, number])
            assert (
                identity(draw_game(stratum, number, generator))
                == chosen.game(f"{PREFIXES[split]}-{stratum}-{number + 1}").sha256
            )


def test_the_file_of_a_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    for split, chosen in SETS.items():
        write_set(chosen, tmp_path / "set.yaml")
        assert (tmp_path / "set.yaml").read_bytes() == (FOLDER / f"{split}.yaml").read_bytes()
        assert read_set(tmp_path / "set.yaml").sha256 == chosen.sha256


def test_strata_mean_what_they_say() -> None:
    """By the reference that is made elsewhere: how many components there are."""
    for game in SMALL:
        many = len(reference_of(game.game).components)
        assert (many == 1) == (game.stratum in (PURE, MIXED)) or game.stratum == "zero-sum"
        verdicts = [component["refinements"] for component in game.certificate["components"]]
        if game.stratum in (SELECTED, CONFLICT):
            (selected,) = [verdict for verdict in verdicts if verdict["d1"]]
            assert selected["passive"] == (game.stratum == SELECTED)
            assert any(verdict["passive"] for verdict in verdicts)


def test_a_game_at_a_knife_edge_or_of_another_kind_has_no_structure() -> None:
    assert structure(find_game("kuhn-poker")) is None
    payoffs = {"a": {"m": {"x": [1, 0], "y": [0, 0]}, "n": {"x": [1, 0], "y": [0, 0]}}}
    assert structure(find_game("signalling", {"prior": {"a": 1}, "payoffs": payoffs})) is None


def test_a_changed_game_is_told_by_its_hash(tmp_path: Path) -> None:
    text = (FOLDER / "development.yaml").read_text()
    path = tmp_path / "set.yaml"
    path.write_text(text.replace("escalation_cost: 0.", "escalation_cost: 0.0", 1))
    with pytest.raises(ParameterError, match="sha256"):
        read_set(path)
    path.write_text(text.replace("split: development", "split: training"))
    with pytest.raises(ParameterError, match="one of development, test"):
        read_set(path)
    path.write_text("a: 1")
    with pytest.raises(ParameterError, match="format: olivebranch-games-1"):
        read_set(path)


def test_a_changed_certificate_is_found_false() -> None:
    game = next(game for game in SMALL if game.stratum == SELECTED)
    other = next(game for game in SMALL if game.stratum == MIXED and game.game.kind == game.game.kind)
    assert check(game.game, other.certificate)
    fewer = {**game.certificate, "components": game.certificate["components"][:1]}
    assert check(game.game, fewer) == ["computed anew, it differs in components"]
    assert faults_of(replace(game, stratum=PURE)) == [
        "its equilibria make it a game of the stratum 'd1-selected', not 'unique-pure'"
    ]


def test_an_equilibrium_of_a_war_is_checked_without_the_solver() -> None:
    war = next(game for game in SETS["test"].games if game.certificate["method"] == BRANCH)
    assert check(war.game, war.certificate) == []
    shifted = [(np.roll(table, 1, axis=0) * 0 + np.roll(table, 1, axis=2)).tolist() for table in
               [np.array(stage) for stage in war.certificate["profile"]]]  # fmt: skip
    with pytest.raises(ValueError, match="legal"):
        check(war.game, {**war.certificate, "profile": shifted})


def test_kuhn_and_leduc_are_certified_without_a_search() -> None:
    assert certify(find_game("kuhn-poker")) == {"method": "closed form", "components": [{"name": "kuhn-1950"}]}
    assert SETS["test"].game("leduc-poker").certificate["value"] == pytest.approx(-0.0856, abs=1e-4)


def test_a_set_that_does_not_exist_is_no_split() -> None:
    with pytest.raises(ParameterError, match="did you mean 'test'"):
        draw_set("tests", 0)
    with pytest.raises(ParameterError, match="seed = -1"):
        draw_set("test", -1)
    assert set(SIZES) == {"development", "test"}
