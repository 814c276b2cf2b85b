"""Each cause against the counterfactual that docs/explain.md states for it, on play whose cause is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from olivebranch.eval.explain.approximation import fit_network
from olivebranch.eval.explain.case import Case, regularisation_of
from olivebranch.eval.explain.causes import VOCABULARY
from olivebranch.eval.explain.explanation import explain, explain_run
from olivebranch.eval.explain.movement import cycling, movement_of
from olivebranch.eval.explain.regularised import fitted, regularised
from olivebranch.eval.explain.selected import rules_of
from olivebranch.eval.explain.settling import learned_out, rest_point
from olivebranch.eval.explain.visits import unvisited
from olivebranch.theory.equilibria.reference import reference_of
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import unroll
from olivebranch.theory.tree.profiles import uniform_profile
from olivebranch.train.config import parse_config
from olivebranch.train.run import Run, train

KUHN = {"preset": "kuhn-poker"}


def trained(folder: Path, learner: dict[str, Any], game: dict[str, Any] | None = None, **changes: Any) -> Run:
    values = {"name": "r", "game": game or KUHN, "learner": learner, "evaluations": 20, **changes}
    return train(parse_config(values), folder)


def case_of(run: Run, which: str = "last") -> Case:
    named = run.config.game.named()
    return Case.of(run.config, run.seeds[0], which, named, unroll(named.compiled), reference_of(named))


def test_gains_at_untried_actions_are_unvisited(tmp_path: Path) -> None:
    """The first action that is tried never looks worse than the pessimistic start, so the other is never tried."""
    never = {"exploration": "epsilon-greedy", "epsilon": 0.0, "initial_value": -10.0, "batch": 1, "episodes": 5000}
    case = case_of(trained(tmp_path, {"kind": "q-learning", **never}))
    found = unvisited(case)
    assert found is not None
    assert found.strength > 0.9
    assert found.strength * case.nash_conv <= case.nash_conv + 1e-12
    assert "times" in found.evidence
    assert found.where


def test_the_rest_point_of_a_temperature_is_explained_by_it_alone(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "magnetic-mirror-descent", "temperature": 0.3, "steps": 600})
    case = case_of(run)
    fit = fitted(case)
    assert fit.temperature == pytest.approx(0.3, rel=0.1)
    assert fit.left < 0.01
    found = regularised(case)
    assert found.numbers["distance_to_logit_equilibrium"] < 0.02
    assert found.numbers["nash_conv_of_logit_equilibrium"] == pytest.approx(case.nash_conv, rel=0.05)


def test_trembling_hands_are_told_from_a_temperature(tmp_path: Path) -> None:
    learner = {"kind": "q-learning", "exploration": "epsilon-greedy", "epsilon": 0.3, "episodes": 200_000}
    fit = fitted(case_of(trained(tmp_path, learner, {"preset": "weak-blend-in"})))
    assert fit.temperature == 0.0
    assert fit.tremble == pytest.approx(0.3, abs=0.03)


def test_no_more_temperature_is_fitted_than_the_settings_allow_for(tmp_path: Path) -> None:
    """Near uniform play looks like a high temperature, whatever the reason."""
    run = trained(tmp_path, {"kind": "hedge", "steps": 1})
    assert fitted(case_of(run)).temperature == 0.0
    entropy = parse_config({"name": "r", "game": KUHN, "learner": {"kind": "ppo"}}).learner
    assert regularisation_of(entropy).temperature == pytest.approx(0.05)
    assert regularisation_of(entropy).hottest == pytest.approx(3 * 0.05)
    assert regularisation_of(entropy, 2.0).temperature == pytest.approx(0.1)  # deep learners count in a game's unit
    own = type("Own", (), {"kind": "my.py:Mine"})()
    assert regularisation_of(own).hottest == np.inf


def test_a_cycle_is_explained_by_its_time_average(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "fictitious-play", "steps": 1000})
    case = case_of(run)
    movement = movement_of(case)
    assert movement is not None
    assert movement.straightness < 0.6
    found = cycling(case, movement)
    assert found is not None
    left = found.numbers["nash_conv_of_average"]
    assert found.strength == pytest.approx(1 - left / case.nash_conv)
    assert found.strength > 0.8


def test_an_exact_learner_that_goes_on_comes_to_an_equilibrium_and_rests_where_the_temperature_says() -> None:
    tree = unroll(parse_config({"name": "r", "game": KUHN, "learner": {"kind": "cfr"}}).game.compile())
    start = uniform_profile(tree)
    assert evaluate(learned_out(start, 0.0, 0.0, 4.0)).nash_conv < 0.01
    warm = rest_point(start, 0.5, 4.0)
    again = rest_point(warm, 0.5, 4.0)
    assert all(np.allclose(a, b, atol=1e-6) for a, b in zip(warm.stages, again.stages, strict=True))
    trembling = evaluate(learned_out(start, 0.0, 0.2, 4.0)).nash_conv
    assert 0.05 < trembling < evaluate(start).nash_conv


@pytest.mark.slow
def test_a_network_without_hidden_layers_cannot_play_poker_and_one_with_them_can(tmp_path: Path) -> None:
    case = case_of(trained(tmp_path, {"kind": "ppo", "episodes": 4000, "hidden": []}))
    target = learned_out(case.profile, 0.0, 0.0, case.stake)
    linear, wide = (evaluate(fit_network(case, target, widths, 0)).nash_conv for widths in ((), (32,)))
    assert linear > 0.05
    assert wide < 0.03


def test_seats_that_did_not_learn_take_the_blame(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "cfr+", "steps": 200}, opponents={"second": "uniform"})
    (found,) = explain_run(run)
    assert found.first == "exploited"
    gains = evaluate(case_of(run).profile).gains
    assert found.causes[0].strength == pytest.approx(gains[1] / gains.sum())
    assert found.causes[0].where[0].startswith("second")


def test_where_play_has_arrived_the_rules_that_name_its_equilibrium_are_told(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "magnetic-mirror-descent", "steps": 2000}, {"preset": "rival-expectations"})
    (found,) = explain_run(run)
    assert found.arrived
    assert found.first == "selected"
    assert found.nearest.component in found.causes[0].where
    rules = rules_of(*_game(run))
    assert {"sender's payoff", "receiver's payoff", "joint payoff", "nearest to uniform play"} <= set(rules.names)
    assert all(0 < len(named) < len(reference_of(run.config.game.named()).components) for named in rules.names.values())
    for rule in rules.of(found.nearest.component):
        assert rule in found.causes[0].evidence


def _game(run: Run) -> Any:
    named = run.config.game.named()
    return named, unroll(named.compiled), reference_of(named)


def test_causes_are_the_fixed_words_strongest_first(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "cfr", "steps": 5})
    (found,) = explain_run(run)
    strengths = [cause.strength for cause in found.causes]
    assert strengths == sorted(strengths, reverse=True)
    assert {cause.cause for cause in found.causes} <= set(VOCABULARY)
    assert len({cause.cause for cause in found.causes}) == len(found.causes)
    assert all(0 <= strength <= 1 for strength in strengths)
    assert found.first == "unfinished"


def test_a_run_without_a_record_is_explained_as_far_as_it_goes(tmp_path: Path) -> None:
    run = trained(tmp_path, {"kind": "magnetic-mirror-descent", "temperature": 0.3, "steps": 600})
    whole = explain(case_of(run), "r")
    (run.seeds[0].path / "record.safetensors").unlink()
    old = explain(case_of(run), "r")
    assert old.first == whole.first == "regularised"
    assert "unvisited" not in {cause.cause for cause in old.causes}
    assert "before visits" in old.missing[0]
    assert not whole.missing


def test_situations_that_a_learner_cannot_tell_apart_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Q-learner of poker that does not look at its card."""
    monkeypatch.chdir(tmp_path)
    Path("blind.py").write_text(
        "from olivebranch.agents.tabular.q_learning import QLearning, QLearningSettings\n\n\n"
        "class BlindSettings(QLearningSettings):\n"
        "    kind: str = ''\n\n\n"
        "class Blind(QLearning):\n"
        "    settings_class = BlindSettings\n\n"
        "    @property\n"
        "    def behaviour(self):\n"
        "        seen, self.memory = self.memory, self.memory.mean(axis=2, keepdims=True) + 0 * self.memory\n"
        "        result, self.memory = super().behaviour, seen\n"
        "        return result\n",
        encoding="utf-8",
    )
    run = trained(tmp_path, {"kind": "blind.py:Blind", "episodes": 600_000, "temperature": 0.05})
    (found,) = explain_run(run)
    assert found.first == "approximation", found.words()
    assert "exactly alike" in found.causes[0].evidence
    assert " and " in found.causes[0].where[0]
