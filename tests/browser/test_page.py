"""The explorer in a real browser: what it shows is what Python computes, and everything on it works."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pytest

from olivebranch.explore.static import write_static
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksColumns, TalksParameters
from olivebranch.theory.talks.kernel import ROWS
from olivebranch.theory.talks.solve import solve_talks
from tests.browser.links import MALFORMED

pytestmark = pytest.mark.browser
Open = Callable[..., Any]
START = load_preset("rival-expectations").parameters_as(TalksParameters)
TABLE = (
    '{"prior":["9/10","1/10"],"types":["strong","weak"],"messages":["beer","quiche"],"responses":["fight","retreat"],'
    '"payoffs":[[[[1,0],[3,1]],[[0,0],[2,1]]],[[[0,1],[2,0]],[[1,1],[3,0]]]]}'
)


def link(parameters: TalksParameters, **more: str) -> str:
    return "#" + urlencode({"view": "explore", **more, **{k: repr(v) for k, v in parameters.as_dict().items()}})


def shown(page: Any) -> list[str]:
    """The components that the page says exist."""
    names: list[str] = page.eval_on_selector_all(
        ".card[data-component]", "cards => cards.map(c => c.dataset.component)"
    )
    return names


def until(page: Any, condition: str, given: Any = None) -> None:
    """Wait until a function of the page gives true. The page's own rules forbid what playwright's waiting needs."""
    deadline = time.monotonic() + 120
    while not page.evaluate(condition, given):
        assert time.monotonic() < deadline, condition
        time.sleep(0.03)


def settle(page: Any) -> None:
    """Wait for the next two frames: what changed is drawn then."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_each_slider_moves_the_verdict_the_map_and_the_link(address: str, open_page: Open) -> None:
    page = open_page(address + link(START))
    assert shown(page) == list(solve_talks(START).names)
    for name in TalksColumns._fields:
        before = page.evaluate("document.querySelector('canvas.cells').toDataURL()")
        slider = page.locator(f"#slider-{name}")
        slider.focus()
        for _ in range(8):
            page.keyboard.press("ArrowLeft" if name in ("loss_low", "prior_high") else "ArrowRight")
        settle(page)
        values = page.evaluate("OB.app.state.p")
        now = TalksParameters(**{key: values[key] for key in TalksColumns._fields})
        assert getattr(now, name) != getattr(START, name)
        assert shown(page) == list(solve_talks(now).names), name
        headline = page.inner_text("#verdict")
        assert all(component in headline for component in solve_talks(now).names)
        until(page, f"() => location.hash.includes('{name}={values[name]:g}')")
        if name not in ("pressure", "escalation_cost"):  # those are the map's own axes
            assert page.evaluate("document.querySelector('canvas.cells').toDataURL()") != before or name == "guarantee"
    again = open_page(page.url)
    assert shown(again) == shown(page)
    assert again.inner_text("#verdict") == page.inner_text("#verdict")


def test_reasons_carry_the_inequality_with_its_numbers(address: str, open_page: Open) -> None:
    page = open_page(address + link(START))
    card = page.locator(".card[data-component='pool-fight']")
    card.locator("summary", has_text="Why it holds").click()
    text = card.inner_text()
    assert "On an offer that is surely from the weak, escalating pays" in text
    assert "= 0.312 > 0" in text  # (1-0.04) 0.95 - (0.38 + 0 + 0.22)
    card.locator("summary", has_text="What selection says").click()
    assert "where the reply would settle" in card.inner_text()
    absent = page.locator("[data-absent='low-talks']")
    absent.locator("summary").click()
    assert "it would have to be" in absent.inner_text()


def test_the_star_moves_by_keyboard_and_by_pointer(address: str, open_page: Open) -> None:
    page = open_page(address + link(START))
    page.locator(".plane .star").focus()
    page.keyboard.press("ArrowUp")
    settle(page)
    assert page.evaluate("OB.app.state.p.escalation_cost") == pytest.approx(0.4)
    box = page.locator(".plane").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 10)
    settle(page)
    assert page.evaluate("OB.app.state.p.pressure") == pytest.approx(0.5, abs=0.01)
    assert shown(page) == ["pool-talk"]
    page.select_option("#choice-axis-x", "face_cost")
    settle(page)
    assert "x=face_cost" in page.evaluate("OB.state.write(OB.app.state)")


def test_malformed_links_are_answered_and_the_page_goes_on(address: str, open_page: Open) -> None:
    assert len(MALFORMED) >= 50
    page = open_page(address + "#view=play")
    for text, expected in MALFORMED:
        page.evaluate("text => { location.hash = text; }", text)
        until(page, "text => document.querySelector('#messages').innerText.includes(text)", expected)
        assert page.locator("main > *").count() > 0, text
        page.evaluate("() => { location.hash = '#view=play'; }")
        until(page, "() => document.querySelector('#messages').innerText === ''")
    opened = open_page(address + "#view=explore&prior_high=2")
    assert "expected a number in [0, 1]" in opened.inner_text("#messages")
    assert shown(opened) == list(solve_talks(START).names)


def test_a_thousand_random_states(address: str, open_page: Open) -> None:
    page = open_page(address + link(START))
    generator = np.random.default_rng(0)
    states = []
    for number in range(1000):
        steps = int(generator.choice([10, 100, 1000]))
        values = dict(zip(TalksColumns._fields, (generator.integers(0, steps, 10) / steps).tolist(), strict=True))
        low, high = sorted((generator.choice(steps, 2, replace=False) + 1) / steps)
        values |= {
            "loss_high": float(low),
            "loss_low": float(high),
            "sender_dividend": values["sender_dividend"] + 0.01,
        }
        x, y = generator.choice(10, 2, replace=False)
        axes = {"x": TalksColumns._fields[x], "y": TalksColumns._fields[y], "shown": ("all", "d1")[number % 2]}
        states.append({"p": values} | axes)
    found = page.evaluate(
        """states => states.map(state => {
            Object.assign(OB.app.state, { x: state.x, y: state.y, shown: state.shown });
            Object.assign(OB.app.state.p, state.p);
            OB.app.view.update();
            const { state: read, problems } = OB.state.parse(OB.state.write(OB.app.state));
            return [[...document.querySelectorAll('.card[data-component]')].map(c => c.dataset.component), problems,
                    Object.entries(state.p).every(([k, v]) => Math.abs(read.p[k] - v) < 1e-9)];
        })""",
        states,
    )
    for state, (names, problems, same) in zip(states, found, strict=True):
        assert names == [name for name in solve_talks(TalksParameters(**state["p"])).names if name in ROWS]
        assert (problems, same) == ([], True)


def test_learners_train_on_the_spot_and_a_training_can_be_cancelled(address: str, open_page: Open) -> None:
    page = open_page(address + link(START))
    page.get_by_role("button", name="by loss (Boltzmann)").click()
    page.get_by_role("button", name="in war").click()
    page.select_option("#choice-plays", "10000")
    page.click("#train")
    until(page, "() => document.querySelector('.train .note').innerText.startsWith('Trained')")
    assert "of 100 play pool-fight" in page.inner_text(".population .words")
    assert page.locator(".population circle.learner").count() == 200
    page.fill("[data-field='guarantee']", "0.3")
    settle(page)
    assert page.locator(".population .note").is_visible()  # the dots are of another game now
    page.fill("[data-field='guarantee']", "0")
    settle(page)
    assert page.locator(".population .note").is_hidden()
    page.get_by_role("button", name="300 all over the map").click()
    page.select_option("#choice-plays", "1000000")
    page.click("#train")
    until(page, "() => document.querySelectorAll('.dots i').length === 300")
    page.click("#cancel")
    until(page, "() => document.querySelector('.train .note').innerText === 'Cancelled.'")
    assert page.locator("#train").is_enabled()
    assert page.locator("#cancel").is_hidden()


def test_the_branch_is_followed(address: str, open_page: Open) -> None:
    page = open_page(address + link(load_preset("desperate-first").parameters_as(TalksParameters)))
    page.locator("summary", has_text="quantal-response branch").click()
    page.wait_for_selector(".branch polyline", timeout=120_000)
    assert "It leads to low-talks." in page.inner_text("#branch")


def test_play_in_the_page_and_a_war_against_the_server(address: str, open_page: Open) -> None:
    page = open_page(address + "#view=play&preset=desperate-first")
    for _ in range(3):
        page.click("[data-act='offer']")
        assert "What your enemy thought of you" in page.inner_text(".duel")
        assert "best response" in page.inner_text(".duel")
        page.locator("[data-act='next'], [data-act='again']").click()
    page.get_by_role("button", name="its enemy").click()
    page.click("[data-act='escalate']")
    assert "They were" in page.inner_text(".duel")
    page.get_by_role("button", name="a war, or any other case").click()
    page.wait_for_selector("#choice-war-against", timeout=120_000)
    page.select_option("#choice-war-against", "uniform")
    page.click("#begin")
    page.wait_for_selector(".duel .actions button")
    for _ in range(12):
        if page.locator("h3", has_text="What they believed about you").count():
            break
        count = page.locator(".duel .log li").count()
        page.locator(".duel .actions button").first.click()
        until(
            page,
            "n => document.querySelectorAll('.duel .log li').length > n || document.querySelector('.duel h3')",
            count,
        )
    assert "a best response to them earns" in page.inner_text(".duel")


def tour(page: Any) -> None:
    """The story from its first scene to its last, with something done in each."""
    page.click("[data-act='offer']")
    assert page.locator(".duel .outcome").count() == 1
    page.click("#next")
    page.locator("label", has_text="the strong would offer").click()
    assert "It escalates." in page.inner_text(".stage")
    page.click("#next")
    page.locator("#story-belief").focus()
    page.keyboard.press("End")
    assert "somebody breaks the silence" in page.inner_text(".stage")
    page.click("#next")
    page.fill("[data-field='guarantee']", "0.6")
    settle(page)
    assert page.inner_text("#lever-now") == "pool-talk"
    page.click("#next")
    page.fill("[data-field='demonstration_cost_low']", "0.05")
    assert "Too cheap for the weak" in page.inner_text(".stage")
    page.locator("summary", has_text="Show me the mathematics").click()
    until(
        page, "() => document.querySelector('.mathematics').innerText.includes('The weak do not copy it if it costs')"
    )
    page.click("#next")
    page.click("#story-run")
    until(page, "() => document.querySelector('.words').innerText.includes('60 of 60 play pool-talk')")
    page.get_by_role("button", name="by loss", exact=True).click()
    until(page, "() => document.querySelector('.words').innerText.includes('60 of 60 play pool-fight')")
    page.click("#next")
    page.select_option("#choice-story-case", "war-ukraine-2022")
    assert "patron, weary (withholds aid)" in page.inner_text(".stage")
    page.locator("summary", has_text="Show me the mathematics").click()
    page.click("#next")
    assert page.evaluate("OB.app.state.view") == "explore"


def test_the_story_from_first_scene_to_last(address: str, open_page: Open) -> None:
    tour(open_page(address))


def test_the_static_build_runs_from_a_file_without_a_server(tmp_path: Path, open_page: Open) -> None:
    write_static(tmp_path / "site")
    home = (tmp_path / "site" / "index.html").as_uri()
    tour(open_page(home))
    page = open_page(home + link(START))
    assert shown(page) == list(solve_talks(START).names)
    assert "Run `olivebranch explore`" in page.inner_text(".train")


def test_who_asked_for_less_motion_sees_the_end_at_once(address: str, open_page: Open) -> None:
    page = open_page(address + "#view=story&scene=6", reduced_motion="reduce")
    page.click("#story-run")
    assert "60 of 60 play pool-talk" in page.inner_text(".words")


def test_a_payoff_table_is_a_link(address: str, open_page: Open) -> None:
    page = open_page(address + "#view=table&table=" + quote(TABLE))
    page.wait_for_selector(".card", timeout=60_000)
    assert page.locator("h2", has_text="2 components").count() == 1
    assert "intuitive: falls" in page.inner_text("main")


VIEWS = (
    "#view=explore",
    "#view=play",
    *(f"#view=story&scene={n}" for n in range(1, 8)),
    "#view=table&table=" + quote(TABLE),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_axe_finds_nothing_serious_and_the_text_can_be_read(
    address: str, open_page: Open, axe: str, width: int, scheme: str
) -> None:
    page = open_page(address, width=width, scheme=scheme)
    page.evaluate(axe)
    for view in VIEWS:
        # A page that is still starting writes its own state into the address, so the link may have to be given again.
        until(page, "text => location.hash.startsWith(text.slice(0, 12)) || (location.hash = text, false)", view)
        settle(page)
        page.evaluate("() => document.querySelectorAll('details').forEach(d => { d.open = true; })")
        settle(page)
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        grave = [
            (v["id"], [n["html"][:200] for n in v["nodes"]][:3])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
        assert grave == [], view
        assert page.evaluate("document.documentElement.scrollWidth") <= width, view
        smallest = page.evaluate(
            """() => Math.min(...[...document.querySelectorAll('main *')]
                .filter(e => !e.children.length && e.textContent.trim() && e.getClientRects().length)
                .filter(e => !e.closest('svg'))
                .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
        )
        assert smallest >= 11, view
