"""Compiling rules to arrays: structure, and what is refused."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_games import RandomGame

from olivebranch.games import Game, Outcome, checks, compile_game


class TwoStage(Game):
    """Three players, types for the first two, one simultaneous stage with chance, then a move of the third."""

    name = "two-stage"
    players = ("a", "b", "c")
    action_names = ("x", "y")
    type_names = (("t0", "t1"), ("t0", "t1", "t2"), ("only",))

    def __init__(self) -> None:
        self.prior: Any = np.full((2, 3, 1), 1 / 6)
        self.weights: Any = np.array([[0.2, 0.5, 0.8], [0.1, 0.4, 0.7]])[:, :, None]
        self.choices: Any = ((0, 1), (0, 1), (0,))

    def initial_state(self) -> str:
        return "start"

    def legal_actions(self, state: str) -> Sequence[Sequence[int]]:
        return {"start": self.choices, "middle": ((0,), (0,), (0, 1)), "end": ()}[state]

    def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state == "middle":
            return (Outcome("", "end", 1.0, np.array([0.0, 0.0, joint[2]])[:, None, None, None]),)
        return (Outcome("on", "middle", self.weights, sum(joint)), Outcome("off", "end", 1 - self.weights))


def test_arrays_follow_the_rules() -> None:
    game = compile_game(TwoStage())
    assert (game.n_players, game.n_actions, game.n_types) == (3, 2, (2, 3, 1))
    assert (game.n_profiles, game.n_states, game.n_edges) == (6, 3, 4 * 2 + 2)
    assert (game.max_stages, game.max_outcomes) == (2, 2)
    edge = game.edge_start[0, game.joint_index(np.array([1, 0, 0]))]
    np.testing.assert_allclose(game.edge_probability[edge], [0.2, 0.5, 0.8, 0.1, 0.4, 0.7])
    np.testing.assert_allclose(game.edge_reward[edge], np.ones((3, 6)))
    assert game.profile_types[4].tolist() == [1, 1, 0]
    assert game.edge_labels[edge] == "on"


def test_joint_actions_are_numbered_in_mixed_radix() -> None:
    game = compile_game(TwoStage())
    joint = np.arange(8)
    np.testing.assert_array_equal(game.joint_index(game.joint_actions(joint)), joint)
    assert game.joint_actions(np.array(6)).tolist() == [1, 1, 0]


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("prior", np.full((2, 3, 1), 0.2), "the prior must have probabilities"),
        ("prior", np.full((2, 3), 1 / 6), r"prior has shape \(2, 3\), expected \(2, 3, 1\)"),
        ("weights", np.full((2, 3, 1), 1.2), "outcomes of"),
        ("weights", np.full((4, 3, 1), 0.5), "does not fit"),
        ("choices", ((0, 1), (0, 1)), "legal_actions has 2 entries for 3 players"),
        ("choices", ((0, 1), (), (0,)), "each player needs a legal action, and player 'b' has none"),
        ("choices", ((0, 1), (0, 2), (0,)), "legal action 2 of player 'b': expected a number below 2"),
        ("choices", ((1, 0), (0, 1), (0,)), r"legal actions \[1, 0\] of player 'a': expected each once, in ascending"),
        ("choices", 3, "legal_actions gives 3: expected a sequence"),
        ("choices", (3, (0,), (0,)), "legal actions 3 of player 'a': expected a sequence"),
        ("name", "", "name = '': expected a text that is not empty"),
        ("players", ("a", "b", "a"), "players holds 'a' more than once"),
        ("players", "abc", "players = 'abc': expected a sequence of names"),
        ("players", (), "players is empty"),
        ("players", ("a", "../b", "c"), "player '../b': expected a name that files can bear"),
        ("players", ("a", "b\n", "c"), "expected a name that files can bear"),
        ("action_names", ("x", " "), "action_names holds ' ': expected names that are not empty"),
        (
            "type_names",
            (("t0", "t0"), ("a", "b", "c"), ("only",)),
            "type_names of player 'a' holds 't0' more than once",
        ),
        ("type_names", (("t0", "t1"), ("a", "b", "c")), "type_names has 2 entries for 3 players"),
        ("action_names", tuple(str(n) for n in range(500)), "expected fewer players or a shorter enumeration"),
    ],
)
def test_rules_that_make_no_sense_are_refused(attribute: str, value: Any, message: str) -> None:
    game = TwoStage()
    setattr(game, attribute, value)
    with pytest.raises(ValueError, match=message):
        compile_game(game)


def test_rules_without_an_attribute_are_refused_by_its_name() -> None:
    class Nameless(TwoStage):
        players: Any = property()  # reading it raises AttributeError

    with pytest.raises(ValueError, match="Nameless: expected the attribute 'players'"):
        compile_game(Nameless())


def test_a_play_without_end_is_refused() -> None:
    class Endless(TwoStage):
        def outcomes(self, state: str, joint: tuple[int, ...]) -> Sequence[Outcome]:
            return (Outcome("", {"start": "middle", "middle": "start"}[state]),)

    with pytest.raises(ValueError, match="cycle, so play may never end: 'start' -> 'middle' -> 'start'"):
        compile_game(Endless())


def test_ever_new_states_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting(TwoStage):
        def initial_state(self) -> Any:
            return 0

        def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
            return ((0,), (0,), (0, 1))

        def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
            return (Outcome("", state + 1),)

    monkeypatch.setattr(checks, "MOST_STATES", 1000)
    with pytest.raises(ValueError, match="more than 1,000 public states; can play go on for ever"):
        compile_game(Counting())


def test_the_longest_play_of_a_graph_in_which_ways_meet_again() -> None:
    """0 -> 1 -> 2 -> 3 and 0 -> 3: the longer way counts."""

    class Diamond(TwoStage):
        def initial_state(self) -> Any:
            return 0

        def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
            return () if state == 3 else ((0, 1), (0,), (0,))

        def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
            return (Outcome("", state + 1 if joint[0] else 3),)

    assert compile_game(Diamond()).max_stages == 3


class Corrupted(Game):
    """A random game in which one thing, somewhere, is wrong."""

    def __init__(self, base: Game, kind: str, pick: Callable[[int], int]) -> None:
        self.base, self.kind, self.pick = base, kind, pick
        self.name, self.players, self.action_names = base.name, base.players, base.action_names
        self.type_names, self.prior = base.type_names, np.array(base.prior)
        compiled = compile_game(base)
        live = np.flatnonzero(~compiled.terminal)
        self.state = compiled.states[live[pick(len(live))]]
        choices = list(product(*base.legal_actions(self.state)))
        self.joint = choices[pick(len(choices))]
        if kind.startswith("prior"):
            flat = self.prior.reshape(-1)
            flat[pick(len(flat))] = {"prior nan": np.nan, "prior negative": -0.5, "prior too large": 2.0}[kind]

    def initial_state(self) -> Any:
        return self.base.initial_state()

    def features(self, state: Any) -> Sequence[float]:
        wrong = {"features nan": [np.nan], "features uneven": [1.0, 2.0], "features a table": [[1.0]]}
        return wrong.get(self.kind, [0.0]) if state == self.state else [0.0]  # type: ignore[return-value]

    def legal_actions(self, state: Any) -> Sequence[Sequence[int]]:
        legal: Any = [list(actions) for actions in self.base.legal_actions(state)]
        if state != self.state:
            return legal
        player = self.pick(len(legal))
        own = legal[player]
        legal[player] = {
            "action unknown": [*own, 3],
            "action negative": [-1, *own],
            "action twice": [own[0], *own],
            "actions unsorted": [2, 0],
            "action a float": [0.5],
            "action a bool": [True],
            "no action": [],
        }.get(self.kind, own)
        return {"too few players": legal[1:], "too many players": [*legal, [0]]}.get(self.kind, legal)

    def outcomes(self, state: Any, joint: tuple[int, ...]) -> Sequence[Outcome]:
        found: Any = list(self.base.outcomes(state, joint))
        if state != self.state or joint != self.joint:
            return found
        at = self.pick(len(found))
        one, shape = found[at], tuple(len(names) for names in self.type_names)
        weights = np.array(np.broadcast_to(one.probability, shape), dtype=np.float64)
        rewards = np.array(np.broadcast_to(one.rewards, (len(self.players), *shape)), dtype=np.float64)
        cell, reward = self.pick(weights.size), self.pick(rewards.size)
        if self.kind in ("probability nan", "probability infinite", "probability negative", "probability too large"):
            wrong = {"nan": np.nan, "infinite": np.inf, "negative": -0.1, "too large": 1.1}
            weights.flat[cell] = wrong[self.kind.removeprefix("probability ")]
        if self.kind in ("reward nan", "reward infinite"):
            rewards.flat[reward] = np.nan if self.kind == "reward nan" else -np.inf
        found[at] = replace(one, probability=weights, rewards=rewards)
        if self.kind == "probability a text":
            found[at] = replace(one, probability="often")
        if self.kind == "state a list":
            found[at] = replace(one, state=[1, 2])
        if self.kind == "label a number":
            found[at] = replace(one, label=7)
        if self.kind == "cycle":
            found[at] = replace(one, state=self.initial_state())
        if self.kind == "label twice":
            found = [
                replace(one, probability=weights / 2),
                replace(one, probability=weights / 2),
                *found[:at],
                *found[at + 1 :],
            ]
        if self.kind == "wrong shape":
            found[at] = replace(one, rewards=np.zeros((len(self.players) + 1, *shape)))
        return {"no outcome": [], "outcomes none": None, "outcome a tuple": [("", "end")]}.get(self.kind, found)


EXPECTED = {
    "prior nan": "the prior holds nan",
    "prior negative": "the prior must have probabilities >= 0",
    "prior too large": "the prior must have probabilities >= 0",
    "features nan": "features holds nan",
    "features uneven": "features: expected",
    "features a table": "expected a sequence of numbers",
    "action unknown": "legal action 3",
    "action negative": "legal action -1",
    "action twice": "expected each once, in ascending order",
    "actions unsorted": "expected each once, in ascending order",
    "action a float": "expected a whole number",
    "action a bool": "expected a whole number",
    "no action": "each player needs a legal action",
    "too few players": "legal_actions has",
    "too many players": "legal_actions has",
    "probability nan": "has the probability nan: expected finite numbers",
    "probability infinite": "has the probability inf: expected finite numbers",
    "probability negative": "probabilities >= 0 that sum to one",
    "probability too large": "probabilities >= 0 that sum to one",
    "reward nan": "has the reward nan: expected finite numbers",
    "reward infinite": "has the reward -inf: expected finite numbers",
    "state a list": r"a state that follows is \[1, 2\]: expected a hashable value",
    "label a number": "have the label 7: expected a text",
    "label twice": "two outcomes of",
    "cycle": "the public states form a cycle",
    "wrong shape": "does not fit",
    "probability a text": "probability or reward is 'often': expected numbers",
    "no outcome": "are an empty list: expected at least one",
    "outcomes none": "are None: expected a sequence of Outcome",
    "outcome a tuple": "expected an Outcome",
}


@pytest.mark.parametrize("kind", EXPECTED)
@given(data=st.data(), seed=st.integers(0, 10_000), n_players=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_a_game_with_one_thing_wrong_is_refused_by_name(
    kind: str, data: st.DataObject, seed: int, n_players: int
) -> None:
    base = RandomGame(np.random.default_rng(seed), n_players + (kind == "too few players"))
    # The same picks at every call, however often the rules are asked.
    picks = data.draw(st.integers(0, 2**30))
    game = Corrupted(base, kind, lambda below: picks % below)
    with pytest.raises(ValueError, match=EXPECTED[kind]) as caught:
        compile_game(game)
    message = str(caught.value)
    assert message.startswith("game 'random'")
    assert "\n" not in message
    if kind.split()[0] not in ("prior", "cycle", "features"):
        assert f"state {game.state!r}" in message


@given(seed=st.integers(0, 10_000), n_players=st.integers(1, 3))
@settings(max_examples=25, deadline=None)
def test_a_game_with_nothing_wrong_compiles(seed: int, n_players: int) -> None:
    base = RandomGame(np.random.default_rng(seed), n_players)
    assert compile_game(Corrupted(base, "nothing", lambda below: 0)).n_states == compile_game(base).n_states
