"""What a search finds is kept on disk: once for each game and setting, whatever happens to files and folders."""

import os
from pathlib import Path

import numpy as np
import pytest

from olivebranch.games.registry import find_game
from olivebranch.theory.equilibria import cache, numerical
from olivebranch.theory.equilibria.cache import VARIABLE, cache_folder, cache_key
from olivebranch.theory.equilibria.numerical import NumericalEquilibria, Search, find_equilibria
from olivebranch.theory.tree.histories import GameTree, unroll

SEARCH = Search(solvers=("cfr+",), starts=1, steps=50)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tree() -> GameTree:
    return unroll(find_game("war-example").compiled)


def forbid_searching(monkeypatch: pytest.MonkeyPatch) -> None:
    def search(*_: object) -> None:
        raise AssertionError("searched again")

    monkeypatch.setattr(numerical, "_jobs", lambda *_: [search])


def same(one: NumericalEquilibria, other: NumericalEquilibria) -> bool:
    return [c.name for c in one.components] == [c.name for c in other.components] and all(
        np.array_equal(a, b)
        for left, right in zip(one.components, other.components, strict=True)
        for a, b in zip(left.profile().stages, right.profile().stages, strict=True)
    )


def test_a_second_search_reads_what_the_first_has_kept(
    folder: Path, tree: GameTree, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = find_equilibria(tree, SEARCH)
    (entry,) = folder.iterdir()
    assert entry.suffix == ".npz"
    forbid_searching(monkeypatch)
    assert same(find_equilibria(tree, SEARCH), first)
    with pytest.raises(AssertionError, match="searched again"):
        find_equilibria(tree, SEARCH, cached=False)


def test_another_setting_and_another_game_have_entries_of_their_own(folder: Path, tree: GameTree) -> None:
    find_equilibria(tree, SEARCH)
    find_equilibria(tree, Search(solvers=("cfr+",), starts=1, steps=51))
    find_equilibria(unroll(find_game("war-example", {"face_cost": 0.11}).compiled), SEARCH)
    assert len(list(folder.iterdir())) == 3
    game = tree.game
    assert cache_key(game, "a") == cache_key(find_game("war-example").compiled, "a") != cache_key(game, "b")


@pytest.mark.parametrize("damage", ["cut", "text", "empty", "other game", "no distribution", "objects"])
def test_a_damaged_entry_counts_as_none_and_is_replaced(folder: Path, tree: GameTree, damage: str) -> None:
    first = find_equilibria(tree, SEARCH)
    (entry,) = folder.iterdir()
    good = entry.read_bytes()
    if damage == "cut":
        entry.write_bytes(good[: len(good) // 2])
    elif damage == "text":
        entry.write_text("no archive")
    elif damage == "empty":
        entry.write_bytes(b"")
    elif damage == "other game":
        other = find_equilibria(unroll(find_game("war-korea-1951-confident").compiled), SEARCH)
        assert other.components
        (stranger,) = set(folder.iterdir()) - {entry}
        stranger.replace(entry)
    else:
        with np.load(entry) as arrays:
            content = dict(arrays)
        wrong = content["behaviour_0_0"] * 2 if damage == "no distribution" else np.array([object()], dtype=object)
        np.savez(entry, **(content | {"behaviour_0_0": wrong}))
    assert same(find_equilibria(tree, SEARCH), first)
    with np.load(entry) as arrays:
        assert arrays["behaviour_0_0"].sum() == pytest.approx(4)  # mended: four types, one distribution each


def test_off_means_that_nothing_is_kept(folder: Path, tree: GameTree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "off")
    assert cache_folder() is None
    find_equilibria(tree, SEARCH)
    assert not folder.exists()


def test_the_folder_follows_xdg_and_a_missing_home_is_no_error(
    tree: GameTree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "olivebranch" / "equilibria"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "olivebranch" / "equilibria"

    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    assert cache_folder() is None
    assert find_equilibria(tree, SEARCH).components


@pytest.mark.parametrize("obstacle", ["a file", "read-only"])
def test_a_folder_that_cannot_be_written_to_is_left_alone(
    folder: Path, tree: GameTree, obstacle: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if obstacle == "a file":
        folder.write_text("in the way")
    else:
        folder.mkdir()
        folder.chmod(0o500)
        if os.access(folder, os.W_OK):  # Root may write anywhere.

            def refuse(*_: object) -> None:
                raise PermissionError(13, "Permission denied")

            monkeypatch.setattr(cache, "write_bytes", refuse)
    assert find_equilibria(tree, SEARCH).components
    assert folder.is_file() or list(folder.iterdir()) == []
