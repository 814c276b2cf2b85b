"""The page about a folder: what it says is what the library computes, and text from files stays text."""

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import yaml
from markupsafe import Markup

from olivebranch.core.errors import ParameterError
from olivebranch.eval.report_page.game_sections import equilibria_section, game_section
from olivebranch.eval.report_page.known_game import KnownGame
from olivebranch.eval.report_page.markup import MOST_TABS, Section, number, table, tabs
from olivebranch.eval.report_page.page import KINDS, kind_of, make_page, render
from olivebranch.eval.report_page.play_tree import MOST_LEAVES, count_plays, play_tree
from olivebranch.games.registry import find_game
from olivebranch.theory.equilibria.reference import equilibrium_profile
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import random_profile, uniform_profile
from olivebranch.train.config import load_config
from olivebranch.train.run import train

ROOT = Path(__file__).parents[3]
EVIL = "<script>alert(1)</script>"


class Reader(HTMLParser):
    """Checks that tags close in order, and collects what a page would load and the words it shows."""

    VOID = ("meta", "link", "input", "rect", "path", "circle", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self.scripts = 0
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loads += [found[key] or "" for key in ("src", "href", "action", "xlink:href") if key in found]
        self.ids += [found["id"] or ""] if "id" in found else []
        self.scripts += tag == "script"
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("style", "script"):
            self.words += data


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small run of Q-learning."""
    config = load_config(ROOT / "configs/talks/costly-escalation-q-learning.yaml", ["seeds=2", "learner.episodes=5000"])
    return train(config, tmp_path_factory.mktemp("runs"), command=f"train {EVIL}").path


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return make_page(run)


def test_a_page_is_well_formed_and_loads_nothing(page: str) -> None:
    read = Reader(page)
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    assert [link for link in read.loads if not link.startswith("#")] == ["data:,"]
    assert {link[1:] for link in read.loads if link.startswith("#")} <= set(read.ids)
    assert "url(" not in page
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert len(page.encode()) < 8 * 10**6


def test_text_from_files_stays_text(page: str) -> None:
    assert EVIL in Reader(page).words
    assert EVIL not in page
    assert Reader(page).scripts == 1


def test_markup_in_titles_names_and_cells_is_escaped() -> None:
    made = table(EVIL, (EVIL,), [(EVIL,)]) + tabs("x", EVIL, [(EVIL, "a"), ("b", EVIL)])
    text = render(EVIL, "run", EVIL, [Section(EVIL, Markup("{}").format(made), (EVIL,))])
    assert EVIL not in text
    assert Reader(text).scripts == 1


def test_every_section_names_files_that_are_in_the_folder(run: Path, page: str) -> None:
    sources = re.findall(r'<p class="source">From: (.*?)</p>', page)
    assert len(sources) == page.count("<section")
    for files in sources:
        for name in re.findall(r"<code>(.*?)</code>", files):
            pattern = re.split(r"[ ,]", name)[0]
            assert list(run.glob(pattern)), name


def test_the_page_of_a_run_says_what_evaluation_and_explanation_say(run: Path, page: str) -> None:
    from olivebranch.eval.explain.explanation import explain_run
    from olivebranch.eval.runs import report_run
    from olivebranch.train.run import load_run

    found, words = report_run(load_run(run)), Reader(page).words
    for profile in found.profiles.values():
        assert number(profile.summary.nash_conv.value, 4) in words
    for one in explain_run(load_run(run)):
        assert one.causes[0].evidence in words
    assert "pool-talk" in words
    versions = json.loads((run / "run.json").read_text())["versions"]
    assert all(version in words for version in versions.values())
    assert yaml.safe_load((run / "config.yaml").read_text())["name"] in words


def test_equilibria_have_beliefs_the_inequality_with_its_number_and_verdicts() -> None:
    game = find_game("costly-escalation")
    words = Reader(str(equilibria_section(KnownGame.of(game)).body)).words
    # (1-s) E[l] - (k + g + b_R) = 0.9 * (0.4 * 0.15 + 0.6 * 0.6) - (0.55 + 0 + 0.15) = -0.322
    assert "= -0.322 <= 0" in words
    assert "belief Pr(high)" in words
    assert "passive conjectures" in words
    assert "Why the 8 other components do not exist here" in words


def test_a_tree_carries_the_probabilities_of_both_sides() -> None:
    """The tree of a talks game has four plays; reach is a product of probabilities, worked out by hand."""
    game = find_game("costly-escalation")
    tree = unroll(game.compiled)
    drawn = play_tree(tree, equilibrium_profile(game, "pool-talk"), [uniform_profile(tree)])
    assert (drawn.plays, drawn.whole) == (4, True)
    offer = next(child for child in drawn.root.children if child.words == "offer talks")
    assert offer.by_type == {"high": (1.0, 0.5), "low": (1.0, 0.5)}
    assert offer.reach == (1.0, 0.5)
    talks = next(child for child in offer.children if child.words == "offer talks")
    assert talks.reach == (1.0, 0.25)
    np.testing.assert_allclose(talks.payoffs["high"], [0.3, 0.15])


@pytest.mark.parametrize("spec", ["war-example", "kuhn", "costly-escalation"])
def test_reach_of_shown_branches_and_of_the_rest_sums_to_that_of_their_history(spec: str) -> None:
    game = find_game(spec)
    tree = unroll(game.compiled)
    generator = np.random.default_rng(1)
    drawn = play_tree(tree, None, [random_profile(tree, generator) for _ in range(2)])
    waiting = [drawn.root]
    while waiting:
        branch = waiting.pop()
        if branch.children:
            shown = sum(child.reach[1] for child in branch.children) + branch.left_out[2]
            assert shown == pytest.approx(branch.reach[1])
        waiting += branch.children
    assert drawn.plays == count_plays(tree)
    if not drawn.whole:
        assert drawn.root.leaves <= 2 * MOST_LEAVES


def test_a_large_tree_says_that_it_is_pruned() -> None:
    named = find_game("war-example")
    known = KnownGame.of(find_game("costly-escalation"))
    tree = unroll(named.compiled)
    war = replace(known, named=named, tree=tree, reference=replace(known.reference, components=()))
    words = Reader(str(game_section(war, [uniform_profile(tree)], "x", ()).body)).words
    assert "This tree is pruned" in words
    assert "too many for a table" in words


def test_a_study_has_each_run_and_each_game(run: Path) -> None:
    assert kind_of(run.parent) == "study"
    text = make_page(run.parent)
    assert "Study" in Reader(text).words
    assert "The game costly-escalation" in Reader(text).words
    assert Reader(text).open == []
    assert EVIL not in text


def test_other_folders_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="expected a finished run, or the folder of a study"):
        make_page(tmp_path)
    assert set(KINDS) == {"benchmark", "atlas", "selection", "ledger", "run", "study"}


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "scores.parquet").write_bytes(b"nothing of the kind")
    with pytest.raises(ParameterError, match=r"a scores\.parquet that can be read"):
        make_page(tmp_path)


def test_the_style_sheet_has_a_rule_for_every_tab() -> None:
    style = (ROOT / "eval/report_page/style.css").read_text()
    assert style.count(":checked~.panels") == MOST_TABS


@pytest.mark.parametrize(
    "value,shown", [(0.1234, "0.123"), (0.0, "0"), (2e-7, "2e-7"), (None, "–"), (float("nan"), "–"), (1200, "1,200")]
)
def test_numbers_are_short(value: float | None, shown: str) -> None:
    assert number(value) == shown
