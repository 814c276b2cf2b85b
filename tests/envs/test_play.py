"""The one play that all environments share: draws, frequencies against exact probabilities, what a seat can know."""

import math
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from olivebranch.envs.batched import BatchedGame
from olivebranch.envs.play import Play, invert, legal_behaviour
from olivebranch.games.base import CompiledGame
from olivebranch.games.registry import load_preset, preset_names
from olivebranch.games.talks import compile_talks


def exact_edge_frequencies(game: CompiledGame) -> np.ndarray:
    """Pr(edge, profile) under uniform play over legal actions, ``[n_edges, n_profiles]``, by walking forwards."""
    reach = np.zeros((game.n_states, game.n_profiles))
    reach[0] = game.prior
    edges = np.zeros((game.n_edges, game.n_profiles))
    # Breadth-first numbering puts every state after its predecessors in these games, which the assertion checks.
    assert (game.edge_next > game.edge_source).all()
    for state in range(game.n_states):
        for edge in np.flatnonzero(game.edge_source == state):
            choice = 1.0 / np.prod(game.legal[state].sum(axis=1))
            edges[edge] = reach[state] * choice * game.edge_probability[edge]
            reach[game.edge_next[edge]] += edges[edge]
    return edges


def random_play(play: Play, rng: np.random.Generator) -> None:
    play.start(rng)
    while not play.finished:
        joint = [int(rng.choice(play.legal(seat))) for seat in range(play.game.n_players)]
        play.take(play.draw_edge(joint, rng))


@given(st.lists(st.floats(0, 10), min_size=1, max_size=6).filter(lambda w: sum(w) > 1e-6), st.floats(0, 1))
def test_invert_never_returns_an_index_of_weight_zero(weights: list[float], uniform: float) -> None:
    assert weights[invert(weights, uniform)] > 0


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6).filter(any))
def test_invert_gives_each_index_its_share_of_the_unit_interval(weights: list[int]) -> None:
    # With whole weights of total n, the midpoints of the n equal parts of [0, 1) hit index i exactly weights[i] times.
    total = sum(weights)
    hits = [invert(weights, (part + 0.5) / total) for part in range(total)]
    assert [hits.count(index) for index in range(len(weights))] == weights


@pytest.mark.parametrize("weights", [[], [0.0, 0.0], [math.nan, 1.0]])
def test_invert_rejects_weights_without_a_positive_total(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="positive sum"):
        invert(weights, 0.5)


def test_sampled_edges_and_types_have_their_exact_frequencies(skirmish: CompiledGame) -> None:
    rng, play, n = np.random.default_rng(11), Play(skirmish), 20_000
    counts = np.zeros((skirmish.n_edges, skirmish.n_profiles))
    for _ in range(n):
        random_play(play, rng)
        counts[play.edges, play.profile] += 1
    exact = exact_edge_frequencies(skirmish)
    assert exact.sum() > 2  # plays of more than two stages are reached
    # 5 standard errors: over about 150 cells a fair sampler strays further with probability below 1e-4.
    assert (np.abs(counts / n - exact) <= 5 * np.sqrt(exact * (1 - exact) / n)).all()


@pytest.mark.parametrize("preset", preset_names("talks"))
def test_sampled_payoffs_have_their_exact_mean_on_every_preset(preset: str) -> None:
    game = compile_talks(load_preset(preset).parameters)
    rng, play, n = np.random.default_rng(5), Play(game), 3_000
    payoffs = np.zeros((n, game.n_players))
    for row in range(n):
        random_play(play, rng)
        payoffs[row] = game.edge_reward[play.edges, :, play.profile].sum(axis=0)
    exact = np.einsum("ep,enp->n", exact_edge_frequencies(game), game.edge_reward)
    assert (np.abs(payoffs.mean(0) - exact) <= 5 * payoffs.std(0) / np.sqrt(n)).all()


def test_a_play_equals_a_batch_of_one_under_the_same_generator(skirmish: CompiledGame) -> None:
    for seed in range(200):
        choices, one, many = (np.random.default_rng([seed, k]) for k in (0, 1, 1))
        play, batch = Play(skirmish), BatchedGame(skirmish, 1, many)
        play.start(one)
        assert play.profile == batch.profile[0]
        while not play.finished:
            for seat in range(3):
                states, others = play.information_states(seat), batch.information_states(seat)
                np.testing.assert_array_equal(states.observation, others.observation)
                np.testing.assert_array_equal(states.action_mask, others.action_mask)
                assert (states.own_type, states.public_state) == (others.own_type, others.public_state)
            joint = [int(choices.choice(play.legal(seat))) for seat in range(3)]
            step = batch.step(np.array([joint]))
            np.testing.assert_array_equal(play.take(play.draw_edge(joint, one)), step.rewards[0])
        assert batch.public_state[0] == play.state


def test_observations_never_depend_on_another_players_type(skirmish: CompiledGame) -> None:
    """After every public history, a seat sees the same whatever the others' types are."""
    paths = [[]]
    for path in paths:  # grows while we walk: all public histories
        state = skirmish.edge_next[path[-1]] if path else 0
        paths.extend([[*path, edge] for edge in np.flatnonzero(skirmish.edge_source == state)])
    assert len(paths) > 20
    play = Play(skirmish)
    for path, seat in product(paths, range(3)):
        play.edges = [int(edge) for edge in path]
        play.state = int(skirmish.edge_next[path[-1]]) if path else 0
        seen: dict[int, set[bytes]] = {}
        for types in skirmish.profile_types.tolist():
            play.types = tuple(types)
            observation = play.observation(seat)
            content = observation["observation"].tobytes() + observation["action_mask"].tobytes()
            assert play.information_states(seat).observation.tobytes() == observation["observation"].tobytes()
            seen.setdefault(types[seat], set()).add(content)
        assert all(len(contents) == 1 for contents in seen.values())
        # .. while the own type shows.
        assert len(set.union(*seen.values())) == skirmish.n_types[seat]


def test_observations_are_the_callers_to_keep(skirmish: CompiledGame) -> None:
    play = Play(skirmish)
    play.start(np.random.default_rng(0))
    first = play.observation(0)
    for array in first.values():
        array[:] = 7
    again = play.observation(0)
    assert all((array != 7).any() for array in again.values())
    assert again["observation"].dtype == np.float32
    assert again["action_mask"].dtype == np.int8


def test_observation_space_holds_every_observation(skirmish: CompiledGame, pennies: CompiledGame) -> None:
    for game in (skirmish, pennies):
        play, rng = Play(game), np.random.default_rng(3)
        space = play.observation_space()
        for _ in range(50):
            random_play(play, rng)
            assert all(space.contains(play.observation(seat)) for seat in range(game.n_players))


def test_a_short_window_forgets_and_a_full_one_does_not(skirmish: CompiledGame) -> None:
    full, short = Play(skirmish), Play(skirmish, window=1)
    # Both ways into ("storm", 0): B waits or yields; then the weather is calm.
    into = [e for e in range(skirmish.n_edges) if skirmish.states[skirmish.edge_next[e]] == ("storm", 0)]
    calm = skirmish.edge_start[skirmish.edge_next[into[0]], 0]
    for play, differ in ((full, True), (short, False)):
        seen = []
        for edge in into:
            play.types, play.edges = (0, 0, 0), [edge, int(calm)]
            play.state = int(skirmish.edge_next[calm])
            seen.append(play.observation(2)["observation"].tobytes())
        assert len(into) == 2
        assert (seen[0] != seen[1]) == differ


def test_settle_replaces_illegal_actions_uniformly(skirmish: CompiledGame) -> None:
    play, rng = Play(skirmish), np.random.default_rng(1)
    play.start(rng)
    assert play.settle(1, 2, rng) == (2, False)
    drawn = [play.settle(1, 1, rng) for _ in range(2_000)]
    assert all(illegal for _, illegal in drawn)
    share = np.mean([action == 0 for action, _ in drawn])
    assert {action for action, _ in drawn} == {0, 2}
    assert abs(share - 0.5) < 5 * 0.5 / np.sqrt(2_000)


def test_settle_takes_no_draw_where_there_is_nothing_to_draw(skirmish: CompiledGame) -> None:
    play, rng = Play(skirmish), np.random.default_rng(1)
    play.start(rng)
    before = rng.bit_generator.state
    assert play.settle(2, 1, rng) == (0, True)
    assert rng.bit_generator.state == before


@pytest.mark.parametrize("action", [-1, 3])
def test_actions_outside_the_enumeration_are_refused(skirmish: CompiledGame, action: int) -> None:
    play, rng = Play(skirmish), np.random.default_rng(1)
    play.start(rng)
    with pytest.raises(ValueError, match=rf"b: action {action}, expected a number from 0 to 2 .*legal now: \[0, 2\]"):
        play.settle(1, action, rng)


def test_legal_behaviour_spreads_illegal_mass_evenly() -> None:
    # Row 1: 0.3 lies on illegal actions, half of it goes to each of the two legal ones. Row 2: one legal action.
    given_ = np.array([[0.4, 0.2, 0.3, 0.1], [0.25, 0.25, 0.25, 0.25]])
    mask = np.array([[1, 0, 1, 0], [0, 0, 0, 1]], dtype=np.int8)
    np.testing.assert_allclose(legal_behaviour(given_, mask), [[0.55, 0, 0.45, 0], [0, 0, 0, 1.0]], atol=1e-15)


def test_a_game_without_a_stage_is_refused(skirmish: CompiledGame) -> None:
    with pytest.raises(ValueError, match="initial state is terminal"):
        Play(replace(skirmish, terminal=np.ones_like(skirmish.terminal)))
