"""Reports in a real browser: a page about each kind of folder loads nothing, complains of nothing and can be read."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from olivebranch.eval.report_page.page import KINDS, LARGEST, kind_of

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
ROOT = Path(__file__).parents[2]
# What makes a small folder of each kind, but for the folder that it is made in, and where in that it then lies.
MADE: dict[str, tuple[str, str]] = {
    "study": ("study configs/demo --preset desperate-first --set seeds=2 --set learner.episodes=20000", "."),
    "run": ("train configs/talks/costly-escalation-q-learning.yaml seeds=2 learner.episodes=5000", "*"),
    "atlas": (
        "atlas configs/atlas/pressure-by-cost-q-learning.yaml resolution=8 seeds=4 learner.episodes=20000",
        "*",
    ),
    "benchmark": ("benchmark run configs/benchmark/smoke.yaml", "*"),
    "selection": ("selection configs/selection/small.yaml", "*"),
}


def olivebranch(*words: str) -> None:
    done = subprocess.run([sys.executable, "-m", "olivebranch", *words], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module", params=MADE)
def report(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page about a small folder of one kind, made by the commands that a user would give."""
    words, inside = MADE[request.param]
    place = tmp_path_factory.mktemp(request.param)
    olivebranch(*words.split(), "--output", str(place))
    (folder,) = (place,) if inside == "." else place.glob(inside)
    assert kind_of(folder) == request.param
    page = place / "page.html"
    olivebranch("report", str(folder), "--output", str(page))
    return page


def test_each_kind_of_folder_is_looked_at() -> None:
    assert set(MADE) | {"ledger"} == set(KINDS)  # even a small ledger takes minutes


def test_a_report_can_be_read_by_everybody_and_asks_nobody(report: Path, open_page: Open, axe: str) -> None:
    assert report.stat().st_size < LARGEST
    for width, scheme in ((375, "light"), (375, "dark"), (1440, "light"), (1440, "dark")):
        page = open_page(report.as_uri(), width=width, scheme=scheme, bypass_csp=True)  # the policy would stop axe
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (width, scheme)
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll('main *')]
                .filter(e => !e.children.length && e.textContent.trim() && e.getClientRects().length)
                .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
        )
        assert smallest >= 11, (width, scheme)
        page.evaluate(axe)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        grave = [
            (v["id"], [n["html"][:200] for n in v["nodes"]][:3])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert grave == [], (width, scheme)
        page.context.close()


def test_a_report_complains_of_nothing_under_its_own_policy(report: Path, open_page: Open) -> None:
    page = open_page(report.as_uri())
    page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
    for choice in page.locator(".tabs > input:visible").all():
        choice.check()
    for heading in page.locator(".sortable thead button:visible").all():
        heading.click()
    assert page.locator("main section").count() > 0
