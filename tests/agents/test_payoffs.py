"""The unit of payoffs: by hand, by the moments of sampled plays, and what it does not depend on."""

from dataclasses import replace

import numpy as np
import pytest

from olivebranch.agents.payoffs import in_units, is_zero_sum, payoff_units
from olivebranch.envs.batched import BatchedGame
from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game
from olivebranch.games.registry import load_preset

PRESETS = ("kuhn-poker", "weak-blend-in", "war-example")


class Guess(Game):
    """One player, two types, one guess: type 0 earns 1 for "a", type 1 earns 10 for "a" and 14 for "b"."""

    name = "guess"
    players = ("solo",)
    action_names = ("a", "b")
    type_names = (("first", "second"),)
    prior = np.array([0.25, 0.75])

    def initial_state(self) -> str:
        return "start"

    def legal_actions(self, state: str) -> tuple[tuple[int, ...], ...]:
        return ((0, 1),) if state == "start" else ()

    def outcomes(self, state: str, joint: tuple[int, ...]) -> tuple[Outcome, ...]:
        return (Outcome("", "end", 1.0, np.array([[[1.0, 10.0], [0.0, 14.0]][joint[0]]])),)


def test_unit_by_hand(two_steps: CompiledGame) -> None:
    """Within the types payoffs are 1 or 0 (variance 1/4) and 10 or 14 (variance 4): 1/4 * 1/4 + 3/4 * 4 = 3.0625.

    In the game of two steps uniform play earns 0 or 2 after "a" and 1 or 1 after "b": mean 1, mean square 3/2.
    """
    assert payoff_units(compile_game(Guess())) == pytest.approx([3.0625**0.5])
    assert payoff_units(two_steps) == pytest.approx([0.5**0.5])


@pytest.mark.parametrize("preset", PRESETS)
def test_units_are_the_deviation_of_sampled_plays(preset: str) -> None:
    game, generator = load_preset(preset).compile(), np.random.default_rng(0)
    batch = BatchedGame(game, 40_000, generator)
    earned, actions = np.zeros((batch.size, game.n_players)), np.zeros((batch.size, game.n_players), dtype=np.int64)
    while batch.running.any():
        batch.random_actions(actions, generator.random(actions.shape))
        earned += batch.step(actions).rewards
    types = game.profile_types[batch.profile]
    within = np.zeros(game.n_players)
    for seat in range(game.n_players):
        for own in range(game.n_types[seat]):
            group = earned[types[:, seat] == own, seat]
            within[seat] += len(group) / batch.size * group.var() if len(group) else 0.0
    if is_zero_sum(game):
        within[:] = within.mean()
    np.testing.assert_allclose(payoff_units(game), np.sqrt(within), rtol=0.02)


@pytest.mark.parametrize("preset", PRESETS)
def test_units_stretch_with_payoffs_and_ignore_what_no_choice_affects(preset: str) -> None:
    game = load_preset(preset).compile()
    factors = np.array([2.0, 5.0]) if not is_zero_sum(game) else np.array([3.0, 3.0])
    stretched = replace(game, edge_reward=game.edge_reward * factors[:, None])
    np.testing.assert_allclose(payoff_units(stretched), factors * payoff_units(game))
    first = (game.edge_source == 0)[:, None]
    shifted, bonus = game.edge_reward.copy(), 7.0 + game.profile_types[:, 0]
    shifted[:, 0] += first * bonus
    if not is_zero_sum(game):
        np.testing.assert_allclose(payoff_units(replace(game, edge_reward=shifted)), payoff_units(game))
    np.testing.assert_allclose(payoff_units(in_units(game)), 1.0)


def test_a_zero_sum_game_stays_one_and_a_seat_without_stakes_has_the_unit_one() -> None:
    kuhn, talks = (load_preset(name).compile() for name in ("kuhn-poker", "weak-blend-in"))
    assert is_zero_sum(in_units(kuhn))
    idle = talks.edge_reward.copy()
    idle[:, 1] = 0.1
    assert payoff_units(replace(talks, edge_reward=idle))[1] == 1.0
