"""Learners that play until they settle, against the source's algorithm written out play by play."""

from fractions import Fraction

import numpy as np
import pytest

from olivebranch.agents.stacked.games import StackedGames, run_states
from olivebranch.agents.stacked.parts.bits import uniform
from olivebranch.agents.stacked.parts.settling import Falling, Settling, babbling, settle
from olivebranch.core.errors import ParameterError
from olivebranch.games.cheap_talk import CheapTalkParameters
from olivebranch.games.registry import load_preset
from olivebranch.games.signalling import SignallingGame


def softmax(values: np.ndarray, temperature: float) -> np.ndarray:
    weights = np.exp((values - values.max(axis=1, keepdims=True)) / temperature)
    return weights / weights.sum(axis=1, keepdims=True)


def drawn(shares: np.ndarray, number: float) -> int:
    return min(int(np.searchsorted(np.cumsum(shares), number, side="right")), len(shares) - 1)


def literally(games: StackedGames, settings: Settling, state: np.ndarray) -> tuple[int, bool, np.ndarray, np.ndarray]:
    """The loop of the source's rl_agents.jl: whole tables are worked out before every play."""
    prior, ours, theirs = games.prior[0], games.sender[0], games.receiver[0]
    types, messages, replies = ours.shape
    worth = babbling(prior, ours, theirs)
    q_s = worth[0] * np.array([[uniform(state) for _ in range(messages)] for _ in range(types)])
    q_r = worth[1] * np.array([[uniform(state) for _ in range(replies)] for _ in range(messages)])
    kept_s, kept_r, quiet_s, quiet_r = np.zeros_like(q_s), np.zeros_like(q_r), 0, 0
    reply = np.full_like(q_r, 1 / replies)
    for play in range(settings.plays):
        temperature, step = settings.temperature.at(play), settings.step.at(play)
        sender, receiver = softmax(q_s, temperature), softmax(q_r, temperature)
        if settings.responds:
            heard = (prior @ sender)[:, None]
            value = np.einsum("t,tm,tma->ma", prior, sender, theirs)
            best = value >= value.max(axis=1, keepdims=True) - 1e-8 * heard
            reply = np.where(heard > 1e-6, best / best.sum(axis=1, keepdims=True), reply)
            receiver = reply
        t = drawn(prior, uniform(state))
        m = drawn(sender[t], uniform(state))
        a = drawn(receiver[m], uniform(state))
        for table, kept, which in ((sender, kept_s, 0), (receiver, kept_r, 1)):
            norms = max(np.linalg.norm(table), np.linalg.norm(kept))
            same = np.linalg.norm(table - kept) < settings.tolerance * norms
            if not same:
                kept[:] = table
            if which == 0:
                quiet_s = quiet_s + 1 if same else 0
            else:
                quiet_r = quiet_r + 1 if same else 0
        q_s[t, m] += step * (ours[t, m, a] - q_s[t, m])
        if not settings.responds:
            q_r[m, a] += step * (theirs[t, m, a] - q_r[m, a])
        if min(quiet_s, quiet_r) >= settings.patience:
            return play + 1, True, q_s, receiver
    return settings.plays, False, q_s, receiver


def cheap_talk(bias: str, states: int = 3) -> StackedGames:
    return StackedGames.of_signalling([CheapTalkParameters(bias=Fraction(bias), states=states).form])


@pytest.mark.parametrize("responds", [False, True])
@pytest.mark.parametrize("bias", ["0", "1/7", "2/5"])
def test_equals_the_source_play_by_play(bias: str, responds: bool) -> None:
    """Whole tables before each play there; only changed rows, and changed terms of sums, here."""
    games = cheap_talk(bias)
    settings = Settling(Falling(0.1, 2e-3, 1e-6), Falling(0.2, 1e-3, 0.05), 4000, 300, responds=responds, hold=1)
    states = run_states(7, 0, 1, 4)
    (found,) = settle(games, settings, states)
    for seed in range(4):
        plays, converged, values, _ = literally(games, settings, states[0, seed].copy())
        assert (found.plays[seed], found.converged[seed]) == (plays, converged)
        if converged:
            ended = softmax(values, settings.temperature.at(plays - 1))
            np.testing.assert_allclose(found.sender[seed], ended, atol=2e-3)
    assert found.converged.any()


def test_holding_the_temperature_for_a_while_changes_runs_little() -> None:
    """Four plays here let the temperature fall by as much as the default 64 do at the source's decay."""
    games, states = cheap_talk("1/7"), run_states(3, 0, 1, 200)
    plays = [
        settle(games, Settling(Falling(0.1, 8e-5, 1e-9), Falling(0.1), 200_000, 2_000, hold=hold), states)[0].plays
        for hold in (1, 4)
    ]
    error = np.hypot(*(each.std() / np.sqrt(200) for each in plays))
    assert abs(plays[0].mean() - plays[1].mean()) < 3 * error


def test_what_is_settled_does_not_depend_on_which_games_are_played_together() -> None:
    both = StackedGames.of_signalling([CheapTalkParameters(bias=Fraction(k, 10), states=3).form for k in (1, 3)])
    settings = Settling(Falling(0.1, 1e-3), Falling(0.1), 3000, 200)
    together = settle(both, settings, run_states(1, 0, 2, 3))
    alone = settle(cheap_talk("3/10"), settings, run_states(1, 1, 1, 3))
    assert (together[1].sender == alone[0].sender).all()
    assert (together[1].plays == alone[0].plays).all()


def test_recent_play_is_a_distribution_with_the_types_as_they_are_drawn() -> None:
    settings = Settling(Falling(0.05), Falling(0.1), 50_000, 50_000, window=20_000)
    (found,) = settle(cheap_talk("1/5"), settings, run_states(0, 0, 1, 2))
    assert not found.converged.any()
    np.testing.assert_allclose(found.recent.sum(axis=(1, 2, 3)), 1.0)
    np.testing.assert_allclose(found.recent.sum(axis=(2, 3)), 1 / 3, atol=0.02)


def test_a_receiver_that_responds_ends_with_best_replies_to_the_sender() -> None:
    games = cheap_talk("1/20")
    settings = Settling(Falling(0.1, 1e-3, 1e-9), Falling(0.1), 30_000, 2_000, responds=True)
    (found,) = settle(games, settings, run_states(0, 0, 1, 20))
    assert found.converged.all()
    worth = np.einsum("t,stm,tma->sma", games.prior[0], found.sender, games.receiver[0])
    heard = np.einsum("t,stm->sm", games.prior[0], found.sender) > 1e-6
    lost = (found.receiver * (worth.max(axis=2, keepdims=True) - worth)).sum(axis=2)
    assert lost[heard].max() < 1e-9


def test_bad_settings_are_refused() -> None:
    with pytest.raises(ParameterError, match="patience"):
        Settling(Falling(0.1), Falling(0.1), 10, 0)
    game = load_preset("brandts-holt-3").parameters_as(SignallingGame)
    closed = SignallingGame(
        game.prior, game.sender_payoffs, game.receiver_payoffs, response_legal=[[True, True, False], [True] * 3]
    )
    with pytest.raises(ParameterError, match="closed"):
        settle(
            StackedGames.of_signalling([closed]), Settling(Falling(0.1), Falling(0.1), 10, 5), run_states(0, 0, 1, 1)
        )
