"""PSRO: mixtures as behaviour, one step by hand, fictitious play as a special case, levels, and resumption."""

from pathlib import Path

import numpy as np
import pytest

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.policies.behaviour import behaviour_of, policies_of
from olivebranch.agents.policies.storage import load_policy, save_policy
from olivebranch.agents.tree.fictitious_play import FictitiousPlay, FictitiousPlaySettings
from olivebranch.agents.tree.psro import PSRO, PSROSettings
from olivebranch.eval.runs import report_run
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.train.config import parse_config
from olivebranch.train.run import train

KUHN = load_preset("kuhn-poker").compile()


def trained(game: CompiledGame, updates: int, seed: int = 0, **settings: object) -> PSRO:
    learner = PSRO(game, PSROSettings.model_validate(settings), seed)
    for _ in range(updates):
        learner.update()
    return learner


def test_one_step_by_hand(two_steps: CompiledGame) -> None:
    """Uniform play earns 1/2 for a first "b" and 1/2 for "a", "b" (a quarter of plays, 2 each): 1 in all.

    The best response is "a", then "b", worth 2; after a first "b" it never acts, so it is uniform there.
    """
    learner = trained(two_steps, 1)
    assert len(learner.members[0]) == 2
    np.testing.assert_allclose(learner.payoffs, [[1.0, 2.0]])
    response = learner.members[0][1]
    np.testing.assert_allclose(response[0][0, 0], [1, 0])
    states = [two_steps.states[number] for number in learner.tree.stages[1].state]
    np.testing.assert_allclose(response[1][states.index("after a"), 0], [0, 1])
    np.testing.assert_allclose(response[1][states.index("after b"), 0], [0.5, 0.5])
    np.testing.assert_allclose(learner.mixtures[0], [0, 1], atol=1e-5)
    assert evaluate(learner.profile()).nash_conv < 1e-5
    learner.update()
    assert len(learner.members[0]) == 2  # the same response again
    assert learner.found == [[1, 2]]


def test_a_mixture_as_behaviour_earns_what_its_members_earn_on_average() -> None:
    """Kuhn (1953): drawing a member before play is the same as its behaviour; the plain mean of tables is not."""
    learner = trained(KUHN, 6)
    generator = np.random.default_rng(1)
    learner.mixtures = [generator.dirichlet(np.ones(len(members))) for members in learner.members]
    first, second = learner.mixtures
    expected = np.einsum("pij,i,j->p", learner.payoffs, first, second)
    np.testing.assert_allclose(evaluate(learner.profile()).values, expected, atol=1e-12)
    mean = [sum(w * m[t] for w, m in zip(first, learner.members[0], strict=True)) for t in range(3)]
    assert max(np.abs(mean[t] - learner.profile().of(0, t)).max() for t in range(3)) > 0.01


def test_with_uniform_weights_it_is_fictitious_play() -> None:
    # In Kuhn poker the fifth responses are exact ties, which the last bit of the mixture breaks.
    for name, steps in (("kuhn-poker", 4), ("war-example", 12), ("weak-blend-in", 12)):
        game = load_preset(name).compile()
        other = FictitiousPlay(game, FictitiousPlaySettings(steps=steps), 0)
        for _ in range(steps):
            other.update()
        mine = trained(game, steps, meta_solver="uniform").profile()
        for table, theirs in zip(mine.stages, other.average().stages, strict=True):
            np.testing.assert_allclose(table, theirs, atol=1e-12)


@pytest.mark.parametrize(
    ("preset", "solver", "level"),
    [
        ("kuhn-poker", None, 1e-9),
        ("kuhn-poker", "projected-replicator-dynamics", 0.01),
        ("war-example", None, 1e-5),
        ("war-example", "nash", 1e-9),
        ("weak-blend-in", None, 0.005),
        ("weak-blend-in", "nash", 1e-3),
    ],
)
def test_nash_conv_falls_to_a_stated_level(preset: str, solver: str | None, level: float) -> None:
    learner = trained(load_preset(preset).compile(), 12, meta_solver=solver)
    assert evaluate(learner.profile()).nash_conv < level
    assert all(np.isfinite(learner.payoffs).ravel())


def test_three_players_come_nearer_to_equilibrium() -> None:
    learner = PSRO(load_preset("war-ukraine-2022").compile(), PSROSettings(), 0)
    before = evaluate(learner.profile()).nash_conv
    for _ in range(3):
        learner.update()
    assert learner.payoffs.shape == (3, *map(len, learner.members))
    assert evaluate(learner.profile()).nash_conv < before / 3


@pytest.mark.parametrize("solver", [None, "uniform"])
def test_goes_on_after_a_checkpoint_bit_by_bit(solver: str | None) -> None:
    whole, fresh = trained(KUHN, 7, meta_solver=solver), trained(KUHN, 0, meta_solver=solver)
    fresh.restore(unpack(pack(trained(KUHN, 3, meta_solver=solver).state())))
    fresh.policies()  # asking changes nothing
    for _ in range(4):
        fresh.update()
    assert pack(fresh.state()) == pack(whole.state())
    for one, other in zip(fresh.policies()["last"].stages, whole.policies()["last"].stages, strict=True):
        np.testing.assert_array_equal(one, other)


def test_policies_play_as_the_profile_does_saved_or_not(tmp_path: Path) -> None:
    learner = trained(KUHN, 5)
    loaded = []
    for number, policy in enumerate(policies_of(learner.policies()["last"])):
        save_policy(policy, tmp_path / f"{number}.safetensors")
        loaded.append(load_policy(tmp_path / f"{number}.safetensors"))
    for table, theirs in zip(behaviour_of(learner.tree, loaded).stages, learner.profile().stages, strict=True):
        np.testing.assert_array_equal(table, theirs)


def test_a_run_leaves_the_mixture_as_last_and_is_evaluated_without_an_average(tmp_path: Path) -> None:
    run = train(
        parse_config(
            {
                "name": "psro",
                "game": {"preset": "kuhn-poker"},
                "learner": {"kind": "psro", "steps": 12},
                "evaluations": 3,
            }
        ),
        tmp_path,
    )
    report = report_run(run)
    assert list(report.profiles) == ["last"]
    assert report.profiles["last"].nearest[0].reached
    assert [look.episodes for look in run.seeds[0].metrics()] == [0, 0, 0, 0]
