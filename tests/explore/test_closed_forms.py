"""The generated JavaScript gives what the Python gives that it was made from. Needs node."""

import json
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.explore.closed_forms import closed_forms, read_page
from olivebranch.explore.javascript import CannotTranslate, Translator
from olivebranch.games.demonstration import DemonstrationColumns
from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.selection.exploration import ConstantRates, Logit, LogitLimit, sustained
from olivebranch.theory.selection.indices import component_indices
from olivebranch.theory.selection.stability import stability
from olivebranch.theory.selection.talks import select_talks
from olivebranch.theory.selection.terms import Terms
from olivebranch.theory.talks.demonstration import demonstration_flags
from olivebranch.theory.talks.existence import why
from olivebranch.theory.talks.kernel import ROWS, solve_array, solve_flags
from olivebranch.theory.talks.regions import region_map
from olivebranch.theory.talks.solve import solve_talks, thresholds
from tests.strategies import random_parameters

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")
GAMES = 100_000
TOLERANCE = 1e-12


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "runtime.js").write_text(read_page("runtime.js"), encoding="utf-8")
    (folder / "closed_forms.js").write_text(closed_forms(), encoding="utf-8")
    return folder


def in_node(folder: Path, program: str, given: Any) -> Any:
    """What ``program`` returns for ``given``: the body of a function of ``given`` and ``OB``."""
    (folder / "given.json").write_text(json.dumps(given), encoding="utf-8")
    whole = f"""
        const OB = require("./closed_forms.js"), fs = require("fs");
        const given = JSON.parse(fs.readFileSync("given.json", "utf8"));
        const result = ((given, OB) => {{ {program} }})(given, OB);
        fs.writeFileSync("result.json", JSON.stringify(result, (k, v) => typeof v === "number" && !Number.isFinite(v) ?
            (Number.isNaN(v) ? null : String(v)) : v));
    """
    assert NODE is not None
    done = subprocess.run([NODE, "-e", whole], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def as_lists(games: Any) -> list[list[float]]:
    return [np.asarray(column).tolist() for column in games]


def numbers(table: Any) -> np.ndarray:
    return np.array(table, dtype=np.float64)


def close(one: np.ndarray, other: np.ndarray) -> bool:
    """Equal to 1e-12 of their size, if that is above one; and missing at the same places."""
    gap = np.abs(one - other) / np.maximum(1.0, np.abs(other))
    return bool((np.isnan(one) == np.isnan(other)).all() and np.nanmax(gap, initial=0.0) <= TOLERANCE)


def test_components_equal_those_of_python_on_100_000_random_games(scripts: Path) -> None:
    games = random_parameters(GAMES, np.random.default_rng(0))
    program = """
        const { np } = OB.runtime, games = OB.forms.translated;
        const columns = new games.talks_TalksColumns(...given.map((c) => np.asarray(c)));
        const [values, flags, margins] = OB.forms.solveArray(columns);
        const packed = [];
        for (let k = 0; k < margins.data.length; k++) {
          let bits = 0;
          for (let row = 0; row < 9; row++)
            for (let c = 0; c < 3; c++) bits |= flags.data[27 * k + 3 * row + c] << (9 * c + row);
          packed.push(bits);
        }
        return { values: Array.from(values, (c) => c.data), packed, margins: margins.data };
    """
    found = in_node(scripts, program, as_lists(games))
    packed, margins = solve_flags(games)
    assert (np.array(found["packed"]) == packed).all()
    assert close(numbers(found["margins"]), margins)
    values, _, _ = solve_array(games)
    for name, column in zip(values._fields, found["values"], strict=True):
        assert close(numbers(column), getattr(values, name)), name


def test_selection_equals_that_of_python_on_100_000_random_games(scripts: Path) -> None:
    games = random_parameters(GAMES, np.random.default_rng(1))
    program = """
        const { np } = OB.runtime, t = OB.forms.translated;
        const answer = { index: [], stability: [], found: [[], [], []] };
        const explorations =
          [new t.exploration_ConstantRates(), new t.exploration_LogitLimit(), new t.exploration_Logit(0.05)];
        for (let from = 0; from < given[0].length; from += 2000) {
          const part = given.map((c) => np.asarray(c.slice(from, from + 2000)));
          const terms = t.terms_Terms.of(new t.talks_TalksColumns(...part));
          answer.index.push(...t.indices_component_indices(terms).data);
          answer.stability.push(...t.stability_stability(terms).data);
          explorations.forEach((one, k) => {
            if (k === 2 && from >= 2000) return;  // bisection is slow
            const table = t.exploration_sustained(terms, one);
            for (const part of ["sustained", "offers", "replies", "beliefs"]) {
              const list = (answer.found[k][part] ??= []);
              for (const v of table[part].data) list.push(Number(v));
            }
          });
        }
        answer.found = answer.found.map((one) => ({ ...one }));
        return answer;
    """
    found = in_node(scripts, program, as_lists(games))
    terms = Terms.of(games)
    clear = terms.margin > 1e-9
    assert clear.mean() > 0.999
    assert (np.array(found["index"]).reshape(-1, 9) == component_indices(terms))[clear].all()
    assert (np.array(found["stability"]).reshape(-1, 9, 3) == stability(terms))[clear].all()
    for exploration, given, n in zip(
        (ConstantRates(), LogitLimit(), Logit(0.05)), found["found"], (GAMES, GAMES, 2_000), strict=True
    ):
        some = terms.take(slice(n))
        table = sustained(some, exploration)
        assert (numbers(given["sustained"]).reshape(n, 9) == table.sustained)[clear[:n]].all()
        tolerance = TOLERANCE if n == GAMES else 1e-9  # logistic functions differ in the last digits, and are inverted
        for part in ("offers", "replies", "beliefs"):
            one, other = numbers(given[part]).reshape(n, 9, 2)[clear[:n]], getattr(table, part)[clear[:n]]
            size = np.maximum(1.0, np.abs(other))
            assert (np.isnan(one) == np.isnan(other)).all(), (exploration, part)
            assert np.nanmax(np.abs(one - other) / size) <= tolerance, (exploration, part)


def test_demonstration_equals_python_on_100_000_random_games(scripts: Path) -> None:
    games = random_parameters(GAMES, np.random.default_rng(2))
    costs = np.random.default_rng(3).random((2, GAMES))
    all_games = DemonstrationColumns(*games, *costs)
    program = """
        const names = OB.forms.DEMONSTRATION_FIELDS;
        return given[0].map((_, k) => {
          const f = OB.forms.demonstrationFlags(Object.fromEntries(names.map((name, c) => [name, given[c][k]])));
          return [[f.fights, f.fightsD1], [f.offers, f.offersD1]];
        });
    """
    found = np.array(in_node(scripts, program, as_lists(all_games)))
    expected = demonstration_flags(all_games)
    assert (found == expected).all()
    assert expected.any(axis=(0, 2)).all()


def round_games(n: int) -> list[TalksParameters]:
    """Games of round numbers, with many ties: what sliders give."""
    generator = np.random.default_rng(5)
    games = []
    while len(games) < n:
        steps = int(generator.choice([4, 10, 100, 1000]))
        values = {
            name: int(k) / steps for name, k in zip(TalksColumns._fields, generator.integers(0, steps, 10), strict=True)
        }
        values["sender_dividend"] += 1 / steps
        if values["loss_high"] < values["loss_low"]:
            games.append(TalksParameters(**values))
    return games


def test_exact_solutions_and_all_words_equal_those_of_python(scripts: Path) -> None:
    games = round_games(400)
    program = """
        return given.map((p) => {
          const solved = OB.forms.solveTalks(p);
          return { solved, selected: OB.forms.selectTalks(p, solved) };
        });
    """
    edges = 0
    for game, found in zip(games, in_node(scripts, program, [g.as_dict() for g in games]), strict=True):
        expected, solved = solve_talks(game), found["solved"]
        for component in solved["equilibria"]:
            component.pop("row")
        rows = [e.as_dict() for e in expected.equilibria if e.name in ROWS]  # on some knife edges there is none
        assert solved["equilibria"] == rows  # to the last bit
        assert tuple(solved["knife_edges"]) == expected.knife_edges
        edges += bool(expected.knife_edges)
        assert solved["thresholds"] == list(vars(thresholds(game)).values())
        chosen, selected = select_talks(game), found["selected"]
        assert selected["logit_limit"] == chosen.logit_limit
        assert bool(selected["knife_edges"]) == bool(chosen.knife_edges)
        for one, other in zip(selected["components"], chosen.components, strict=True):
            assert (one["name"], one["index"], one["index_reason"]) == (other.name, other.index, other.index_reason)
            assert [(s["exploration"], s["holds"], s["reason"]) for s in one["sustained"]] == [
                (s.exploration, s.holds, s.reason) for s in other.sustained
            ]
            assert [(s["dynamics"], s["label"], s["reason"]) for s in one["stability"]] == [
                (s.dynamics, s.label, s.reason) for s in other.stability
            ]
        if not chosen.knife_edges:
            for name, conditions in zip(ROWS, solved["why"], strict=True):
                for condition, wanted in zip(conditions, why(game)[name], strict=True):
                    assert condition["says"] == wanted.says
                    assert condition["value"] == pytest.approx(wanted.value, abs=1e-12)
    assert 40 < edges < 350


def test_the_map_equals_that_of_python(scripts: Path) -> None:
    base = round_games(1)[0]
    for x, y in (("pressure", "escalation_cost"), ("loss_low", "prior_high"), ("loss_high", "loss_low")):
        expected = region_map(base, x, y, (0.0, 0.9), (0.0, 1.0), resolution=40)
        cells = np.array(
            in_node(
                scripts,
                f"return Array.from(OB.forms.regionMap(given, '{x}', '{y}', [0, 0.9], [0, 1], 40, 40));",
                base.as_dict(),
            )
        ).reshape(40, 40)
        assert ((cells >= 0) == expected.valid).all()
        bits = 1 << np.arange(9)
        assert ((cells & 511) == expected.exists @ bits)[expected.valid].all()
        assert ((cells >> 9 & 511) == expected.d1 @ bits)[expected.valid].all()


def test_fractions_are_exact_and_round_once(scripts: Path) -> None:
    generator = np.random.default_rng(7)
    pairs = [(int(a), int(b)) for a, b in generator.integers(1, 10**15, (200, 2))]
    big = [(a**3, b**4 + 1) for a, b in pairs]
    program = """
        return given.map(([a, b]) => new OB.runtime.Fraction(BigInt(a), BigInt(b)).toNumber());
    """
    found = in_node(scripts, program, [[str(a), str(b)] for a, b in big + pairs])
    assert found == [float(Fraction(a, b)) for a, b in big + pairs]


def test_numbers_are_written_as_in_python(scripts: Path) -> None:
    generator = np.random.default_rng(8)
    values = (generator.normal(size=300) * 10.0 ** generator.integers(-9, 9, 300)).tolist()
    values += [0.0, 1.0, 0.1, 1e-5, 99995.0]
    found = in_node(scripts, "return given.map((x) => OB.runtime.py.format(x, '.4g'));", values)
    assert found == [f"{value:.4g}" for value in values]


def unknown_construct(x: float) -> float:
    while x > 1:
        x /= 2
    return x


def test_what_the_translator_does_not_know_it_says() -> None:
    with pytest.raises(CannotTranslate, match=r"unknown_construct, line 2"):
        Translator().add(unknown_construct)
