"""The war presets have the equilibrium that they are meant to show, and name their sources."""

import functools
from dataclasses import replace

import numpy as np
import pytest

from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.rules import Action
from olivebranch.games.war import compile_war
from olivebranch.theory.quantal_response.path import logit_equilibrium
from olivebranch.theory.tree.dynamics import NumericalEquilibrium, cfr_plus, magnetic_mirror_descent, starts
from olivebranch.theory.tree.evaluation import counterfactual_values
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.first_use import first_use
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, uniform_profile

HIGH, LOW = 0, 1
A, B, PATRON, MEDIATOR = 0, 1, 2, 2
TOLERANCE = 1e-4  # of the stake


@functools.cache
def solved(name: str) -> NumericalEquilibrium:
    return cfr_plus(uniform_profile(unroll(load_preset(name).compile())), steps=2000, tolerance=TOLERANCE / 2)


def offers(name: str, player: int) -> np.ndarray:
    """Hazards of a first offer, over the stages in which the player acts."""
    hazard = first_use(solved(name).profile, player, Action.OFFER_TALKS).hazard
    return hazard[~np.isnan(hazard).all(axis=1)]


@pytest.mark.parametrize("name", preset_names("war"))
def test_cfr_plus_solves_every_preset(name: str) -> None:
    assert solved(name).evaluation.nash_conv <= TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", preset_names("war"))
def test_mirror_descent_solves_every_preset_from_several_starts(name: str) -> None:
    tree = unroll(load_preset(name).compile())
    count = 3 if sum(map(len, tree.stages)) < 5000 else 1  # one start of four periods takes most of a minute
    for start in starts(tree, np.random.default_rng(0), count):
        assert magnetic_mirror_descent(start, tolerance=TOLERANCE).evaluation.nash_conv <= TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", ["war-example", "war-korea-1951-confident"])
def test_the_logit_path_solves_presets(name: str) -> None:
    found = logit_equilibrium(unroll(load_preset(name).compile()), tolerance=TOLERANCE)
    assert found.evaluation.nash_conv <= TOLERANCE


@pytest.mark.parametrize("name", [name for name in preset_names("war") if name != "war-example"])
def test_a_historical_preset_gives_facts_with_sources_assumptions_and_what_would_refute_it(name: str) -> None:
    preset = load_preset(name)
    assert len(preset.facts) >= 2
    assert all(text and url.startswith("http") for text, url in preset.facts)
    assert preset.assumptions
    assert len(preset.wrong_if) >= 2
    assert "stylised" in preset.source


def test_vietnam_is_closed_until_the_resilient_have_demonstrated() -> None:
    name = "war-north-vietnam-1965"
    root, hazard = solved(name).profile.of(A, 0)[0], offers(name, A)
    assert root[HIGH, Action.DEMONSTRATE] > 0.99
    assert root[LOW, Action.FIGHT] > 0.99
    assert hazard[0].max() < 0.01
    assert hazard[1, HIGH] > 0.8
    assert hazard[1, LOW] < 0.01


@pytest.mark.parametrize("name", ["war-korea-1951-confident", "war-korea-1951-collapse"])
def test_in_korea_china_is_closed_first_and_the_weak_open_next(name: str) -> None:
    hazard = offers(name, A)
    assert hazard[0].max() < 0.05
    assert hazard[1, LOW] > 0.95
    assert hazard[1, HIGH] < 0.5


def test_in_korea_the_resilient_open_the_sooner_the_less_resilience_is_expected() -> None:
    assert offers("war-korea-1951-collapse", A)[1, HIGH] > 2 * offers("war-korea-1951-confident", A)[1, HIGH]


def test_in_1962_india_is_closed_and_a_resilient_china_opens() -> None:
    name = "war-sino-indian-1962"
    assert np.nanmax(offers(name, A)[:3]) < 0.15
    assert offers(name, B)[0] == pytest.approx([1.0, 0.0], abs=0.01)


def test_in_2022_the_weak_open_first_and_a_resolute_patron_aids() -> None:
    name = "war-ukraine-2022"
    hazard, aid = offers(name, A), solved(name).profile.of(PATRON, 0)[0, :, Action.FIGHT]
    assert aid == pytest.approx([1.0, 0.0], abs=0.05)
    assert (hazard[:, HIGH] < 0.1).all()
    assert (hazard[:, LOW] > 0.5).all()


def talks_open(profile: BehaviourProfile) -> float:
    labels = profile.tree.game.edge_labels
    return event_probability(profile, np.array([label == "talks open" for label in labels])).total


def test_in_2000_the_guarantee_opens_talks_that_would_not_open_without_it() -> None:
    name = "war-eritrea-ethiopia-1998"
    post, of_a, of_b = (offers(name, player) for player in (MEDIATOR, A, B))
    assert post[:, 0] == pytest.approx([0.0, 1.0], abs=0.01)
    assert of_a[0] == pytest.approx([1.0, 1.0], abs=0.01)
    assert of_b[0] == pytest.approx([0.0, 1.0], abs=0.01)
    assert of_b[1, HIGH] > 0.99
    profile = solved(name).profile
    assert profile.of(B, 1)[0, HIGH, Action.ESCALATE] > 0.99
    assert talks_open(profile) > 0.99

    parameters = replace(load_preset(name).parameters, mediator=None, guarantee=0.0)
    without = cfr_plus(uniform_profile(unroll(compile_war(parameters))), steps=2000, tolerance=TOLERANCE / 2)
    assert without.evaluation.nash_conv <= TOLERANCE
    assert talks_open(without.profile) < 1 / 3
    hazard = first_use(without.profile, A, Action.OFFER_TALKS).hazard
    assert hazard[0] == pytest.approx([0.0, 1.0], abs=0.01)


def test_in_the_iran_iraq_war_the_brittle_open_late_and_where_the_front_has_turned_against_them() -> None:
    name = "war-iran-iraq-1980"
    of_a, of_b = offers(name, A), offers(name, B)
    assert len(of_a) == 4
    assert of_b[0] == pytest.approx([1.0, 1.0], abs=0.01)
    assert np.nanmax(of_a[:, HIGH]) < 0.01
    assert of_a[0, LOW] < 0.01
    assert 0.1 < of_a[1, LOW] < of_a[2, LOW]
    profile = solved(name).profile
    levels, own = counterfactual_values(profile)
    for number, (stage, level, reach) in enumerate(zip(profile.tree.stages, levels, own, strict=True)):
        lost = np.array([profile.tree.game.states[state].balance == 1 for state in stage.state])
        weight = (level.reach * reach)[:, LOW]
        offered = profile.of(A, number)[:, LOW, Action.OFFER_TALKS]
        if number:
            assert (weight * offered)[lost].sum() > 0.99 * weight[lost].sum() > 0
        if number == 1:
            assert (weight * offered)[~lost].sum() < 0.01
