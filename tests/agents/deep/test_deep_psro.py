"""PSRO with learned responses: nearly best ones, near equilibrium, episodes counted, resumption bit by bit."""

import numpy as np

from olivebranch.agents.checkpoint import pack, unpack
from olivebranch.agents.deep.deep_psro import DeepPSRO, DeepPSROSettings
from olivebranch.games.registry import load_preset
from olivebranch.theory.tree.evaluation import best_response, evaluate
from olivebranch.theory.tree.profiles import part_of, uniform_profile, with_parts

TALKS = load_preset("desperate-first").compile()
FEW = DeepPSROSettings(episodes=60_000, responses=3, hidden=(16,))


def trained(settings: DeepPSROSettings, seed: int, responses: int) -> DeepPSRO:
    learner = DeepPSRO(TALKS, settings, seed)
    for _ in range(responses):
        learner.update()
    return learner


def test_a_response_gains_nearly_what_a_best_response_does() -> None:
    """Against uniform play; what is missing is the entropy that PPO keeps."""
    learner = trained(FEW, 0, 0)
    uniform = uniform_profile(learner.tree)
    start = evaluate(uniform).values
    for seat in range(2):
        learned, best = (
            evaluate(with_parts(uniform, {seat: part_of(found, seat)})).values[seat] - start[seat]
            for found in (learner.response(uniform, seat), best_response(uniform, seat))
        )
        assert 0.8 * best < learned < best + 1e-9


def test_comes_near_equilibrium_and_goes_on_bit_by_bit() -> None:
    whole, resumed, other = trained(FEW, 0, 3), trained(FEW, 0, 0), trained(FEW, 1, 1)
    uniform = evaluate(uniform_profile(whole.tree)).nash_conv
    assert evaluate(whole.policies()["last"]).nash_conv < uniform / 4
    resumed.restore(unpack(pack(trained(FEW, 0, 1).state())))
    assert pack(resumed.state()) != pack(other.state())
    for _ in range(2):
        resumed.update()
    assert pack(resumed.state()) == pack(whole.state())
    assert sum(map(len, whole.members)) > 2
    assert np.isfinite(whole.payoffs).all()


def test_episodes_are_shared_by_all_responses_of_all_seats() -> None:
    """60,000 episodes in three steps of two seats: 10,000 a response, 20 updates of 500 plays."""
    assert FEW.of_one_response(2).updates() == 20
    assert [FEW.episodes_after(steps) for steps in range(4)] == [0, 20_000, 40_000, 60_000]
    assert DeepPSRO(TALKS, FEW, 0).total_updates == 3
