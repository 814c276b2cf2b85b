"""A signalling game is written once, by name or as lists, and is the same game to theory and to learners."""

import json
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from olivebranch.core.errors import ParameterError
from olivebranch.games.payoff_tables import exact, plain
from olivebranch.games.registry import find_game
from olivebranch.games.signalling import SignallingGame, compile_signalling
from olivebranch.theory.signalling.enumeration import enumerate_equilibria
from olivebranch.theory.signalling.game import signalling_form
from olivebranch.theory.signalling.refinements import Refiner

BEER_QUICHE = Path(__file__).parents[2] / "examples" / "beer-quiche.yaml"
BY_NAME = yaml.safe_load(BEER_QUICHE.read_text(encoding="utf-8"))["parameters"]
AS_LISTS = {
    "types": ["strong", "weak"],
    "messages": ["beer", "quiche"],
    "responses": ["fight", "retreat"],
    "players": ["breakfaster", "challenger"],
    "prior": ["9/10", "1/10"],
    "payoffs": [[[[1, 0], [3, 1]], [[0, 0], [2, 1]]], [[[0, 1], [2, 0]], [[1, 1], [3, 0]]]],
}


def test_the_example_has_the_two_known_equilibria() -> None:
    """Cho and Kreps (1987), section II: pooling on beer, which passes the intuitive criterion, and on quiche, which
    does not. Pooling on beer pays the strong 3 and the weak 2, pooling on quiche the strong 2 and the weak 3."""
    game = find_game(str(BEER_QUICHE)).parameters_as(SignallingGame)
    found = enumerate_equilibria(game).components
    verdicts = {}
    for component in found:
        piece = component.representative
        messages = {game.message_names[m] for support in piece.sender_support for m in support}
        verdicts[" ".join(messages)] = Refiner(piece.context).verdicts(component)["intuitive"].survives
    assert verdicts == {"beer": True, "quiche": False}


def test_names_and_lists_say_the_same() -> None:
    assert SignallingGame.from_mapping(BY_NAME) == SignallingGame.from_mapping(AS_LISTS)
    nameless = {key: AS_LISTS[key] for key in ("prior", "payoffs")}
    game = SignallingGame.from_mapping(nameless)
    assert game.type_names == game.message_names == game.response_names == ("0", "1")
    assert game.sender_payoffs == SignallingGame.from_mapping(BY_NAME).sender_payoffs


def test_the_enumerators_form_is_read_too() -> None:
    line = {
        "prior": ["9/10", "1/10"],
        "sender_payoffs": [[[1, 3], [0, 2]], [[0, 2], [1, 3]]],
        "receiver_payoffs": [[[0, 1], [0, 1]], [[1, 0], [1, 0]]],
        "type_names": ["strong", "weak"],
        "message_names": ["beer", "quiche"],
        "response_names": ["fight", "retreat"],
    }
    without_players = {key: value for key, value in BY_NAME.items() if key != "players"}
    assert SignallingGame.from_mapping(line) == SignallingGame.from_mapping(without_players)
    with pytest.raises(ParameterError, match="receiver_payoffs = None: expected a list of numbers, but it is missing"):
        SignallingGame.from_mapping({key: line[key] for key in ("prior", "sender_payoffs")})


def test_the_compiled_game_pays_what_is_written() -> None:
    compiled = find_game(str(BEER_QUICHE)).compiled
    assert compiled.game.players == ("breakfaster", "challenger")
    assert compiled.game.action_names == ("beer", "quiche", "fight", "retreat")
    assert compiled.prior.tolist() == [0.9, 0.1]
    after_quiche = 2
    edge = compiled.edge_start[after_quiche, compiled.joint_index(np.array([0, 3]))]
    assert compiled.edge_reward[edge].tolist() == [[2.0, 3.0], [1.0, 0.0]]
    assert signalling_form(compiled) == SignallingGame.from_mapping(BY_NAME)


def test_responses_that_are_left_out_are_not_open() -> None:
    given = {
        "prior": {"high": 0.5, "low": 0.5},
        "payoffs": {
            t: {"stay": {"wait": [0, 0]}, "ask": {"give": [1, -1], "refuse": [-1, 0], "wait": [0, 0]}}
            for t in ("high", "low")
        },
    }
    game = SignallingGame.from_mapping(given)
    assert game.response_names == ("wait", "give", "refuse")
    assert game.response_legal == ((True, False, False), (True, True, True))
    compiled = game.compile()
    assert compiled.legal.any(axis=1).sum(axis=1).tolist() == [2, 2, 4, 0]  # a player who waits has action 0
    with_null = {"responses": ["wait", "give"], "prior": [1], "payoffs": [[[[0, 0], None], [[0, 1], [1, 0]]]]}
    assert SignallingGame.from_mapping(with_null).response_legal == ((True, False), (True, True))


def test_a_message_and_a_response_of_one_name_are_one_action() -> None:
    """As in the talks game, whose enumeration all players share; the order of both lists is kept where it can be."""
    game = SignallingGame(
        [1],
        [[[1, 2, 3], [4, 5, 6]]],
        [[[0, 0, 0], [0, 0, 0]]],
        message_names=["fight", "offer"],
        response_names=["hold", "fight", "accept"],
    )
    compiled = compile_signalling(game)
    assert compiled.game.action_names == ("hold", "fight", "offer", "accept")
    legal = [np.flatnonzero(row).tolist() for row in compiled.legal[:, 1]]
    assert legal[1] == [0, 1, 3]
    edges = compiled.edge_start[1, compiled.joint_index(np.array([[0, 0], [0, 1], [0, 3]]))]
    assert compiled.edge_reward[edges, 0, 0].tolist() == [1.0, 2.0, 3.0]
    crossed = SignallingGame(
        [1], [[[1, 2], [3, 4]]], [[[0, 0]] * 2], message_names=["a", "b"], response_names=["b", "a"]
    )
    pays = compile_signalling(crossed)
    assert pays.game.action_names == ("a", "b")
    edge = pays.edge_start[1, pays.joint_index(np.array([0, 1]))]  # after message a, response b, which is listed first
    assert pays.edge_reward[edge, 0, 0] == 1.0


def read_back(game: SignallingGame) -> SignallingGame:
    """Through YAML and through JSON with sorted keys."""
    plainly = yaml.safe_load(yaml.safe_dump(game.as_dict()))
    return SignallingGame.from_mapping(json.loads(json.dumps(plainly, sort_keys=True)))


numbers = st.one_of(
    st.integers(-5, 5), st.fractions(max_denominator=50), st.floats(-9, 9, allow_nan=False), st.just("-1/3")
)


@st.composite
def signalling_games(draw: st.DrawFn) -> SignallingGame:
    types, messages, responses = (draw(st.integers(1, 3)) for _ in range(3))
    weights = draw(st.lists(st.integers(0, 5), min_size=types, max_size=types).filter(any))
    table = st.lists(numbers, min_size=responses, max_size=responses)
    plane = st.lists(table, min_size=messages, max_size=messages)
    tensor = st.lists(plane, min_size=types, max_size=types)
    flags = st.lists(st.booleans(), min_size=responses, max_size=responses).filter(any)
    return SignallingGame(
        [Fraction(weight, sum(weights)) for weight in weights],
        draw(tensor),
        draw(tensor),
        response_legal=draw(st.lists(flags, min_size=messages, max_size=messages)),
    )


@given(signalling_games())
@settings(max_examples=100, deadline=None)
def test_what_is_written_is_read_as_the_same_game(game: SignallingGame) -> None:
    assert read_back(game) == game


@given(signalling_games())
@settings(max_examples=50, deadline=None)
def test_the_arrays_hold_the_same_game_as_the_fractions(game: SignallingGame) -> None:
    compiled = compile_signalling(game)
    for m in range(game.shape[1]):
        state = compiled.states.index(m)
        for a in game.responses(m):
            joint = [0, compiled.game.action_names.index(game.response_names[a])]
            edge = compiled.edge_start[state, compiled.joint_index(np.array(joint))]
            sender = [float(row[m][a]) for row in game.sender_payoffs]
            receiver = [float(row[m][a]) for row in game.receiver_payoffs]
            assert compiled.edge_reward[edge].tolist() == [sender, receiver]
        assert compiled.legal[state, 1].sum() == len(game.responses(m))


@pytest.mark.parametrize("value", [0, -7, 0.1, "1/3", 1e-9, Fraction(2, 7), 10**30])
def test_plain_numbers_are_exact(value: Any) -> None:
    assert exact(json.loads(json.dumps(plain(exact(value, "x")))), "x") == exact(value, "x")


@pytest.mark.parametrize("value", ["1e999999999", "9" * 1000, "1/0", "", "one", True, None, float("nan"), [1], 10**400])
def test_what_is_no_finite_number_is_refused_at_once(value: Any) -> None:
    with pytest.raises(ParameterError, match="expected a finite number"):
        exact(value, "x")


def changed(path: str, value: Any) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(json.dumps(BY_NAME))
    *steps, last = path.split(".")
    inner: Any = result
    for step in steps:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("payof", {}, "payof = {}: expected a known key: one of prior, payoffs, types, messages, responses, players"),
        ("payoffs", ..., "payoffs = None: expected a mapping by name or a list, but it is missing"),
        ("prior", ..., "prior = None: expected"),
        ("prior.strong", "often", "prior.strong = 'often': expected a finite number"),
        ("prior.strong", -0.1, "prior.strong = -0.1: expected a probability >= 0"),
        ("prior.strong", 0.5, "expected probabilities that sum to one"),
        ("prior", [0.5], "prior = [0.5]: expected"),
        ("payoffs.strong.beer.fight", [1], "payoffs.strong.beer.fight = [1]: expected a list of two numbers"),
        ("payoffs.strong.beer.fight", 1, "payoffs.strong.beer.fight = 1: expected a list of two numbers"),
        ("payoffs.strong.beer.fight", [1, "x"], "payoffs.strong.beer.fight[1] = 'x': expected a finite number"),
        ("payoffs.weak.beer.fight", ..., "payoffs.weak.beer.fight = None: expected a pair of payoffs, as there is one"),
        ("payoffs.weak.beer", {}, "payoffs.weak.beer = {}: expected the payoffs of at least one response"),
        ("payoffs.weak.wine", {"fight": [0, 0]}, "payoffs.strong.wine = None: expected every message to be open"),
        ("payoffs.weak", ..., "payoffs.weak = None: expected the payoffs of this type"),
        ("payoffs.mild", {}, "prior.mild = None: expected a probability, but it is missing"),
        ("payoffs.strong.beer", 3, "payoffs = 3: expected a mapping by name or a list"),
        ("messages", ["beer"], "expected one of beer"),
        ("messages", ["beer", "quiche", "wine"], "messages = 'wine': expected a message that some type can send"),
        ("messages", "beer", "messages = 'beer': expected a list of names"),
        ("responses", ["fight", "fight", "retreat"], "expected distinct names"),
        ("players", ["one"], "players = ['one']: expected a list of 2 names"),
        ("players", ["a/b", "c"], "player 'a/b': expected a name that files can bear"),
        ("types", [], "types = []: expected a list of names, not empty"),
    ],
)
def test_errors_name_the_place_in_the_users_words(path: str, value: Any, message: str) -> None:
    with pytest.raises(ParameterError) as caught:
        SignallingGame.from_mapping(changed(path, value)).compile()
    assert message in str(caught.value)


def test_words_that_yaml_does_not_read_as_text_are_pointed_out() -> None:
    values = yaml.safe_load("prior: {a: 1}\npayoffs: {a: {yes: {ok: [0, 0]}}}")
    with pytest.raises(ParameterError, match="quote them"):
        SignallingGame.from_mapping(values)


leaves = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["1/2", "beer", "", "1e9999", "x"])
)
keys = st.sampled_from(["strong", "weak", "beer", "quiche", "fight", "retreat", "prior", "payoffs", 1, True, None])
anything = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


@given(st.dictionaries(st.sampled_from([*BY_NAME, "types", "messages", "responses", "sender_payoffs"]), anything))
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_is_a_game_or_one_line(values: dict[str, Any]) -> None:
    for given_values in (values, BY_NAME | values):
        with suppress(ParameterError):
            SignallingGame.from_mapping(given_values).compile()
