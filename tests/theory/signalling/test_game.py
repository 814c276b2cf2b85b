"""Reading signalling games: exact numbers, clear errors, and the way from a compiled game."""

from fractions import Fraction

import numpy as np
import pytest

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import Game, Outcome, compile_game
from olivebranch.games.talks import TalksParameters, compile_talks
from olivebranch.theory.signalling.game import SignallingGame, compile_signalling, exact, signalling_form

LINE = {
    "prior": [0.1, 0.9],
    "sender_payoffs": [[[1, "1/3"], [0.3, 2]], [[0, 2], [1, 3]]],
    "receiver_payoffs": [[[1, 0], [1, 0]], [[0, 1], [0, 1]]],
}


@pytest.mark.parametrize(
    "value, meaning",
    [
        (3, Fraction(3)),
        ("1/3", Fraction(1, 3)),
        ("0.25", Fraction(1, 4)),
        (0.1, Fraction(1, 10)),
        (1e-3, Fraction(1, 1000)),
        (np.float64(0.3), Fraction(3, 10)),
        (np.int64(7), Fraction(7)),
    ],
)
def test_numbers_are_read_exactly(value: object, meaning: Fraction) -> None:
    assert exact(value, "x") == meaning


@pytest.mark.parametrize("value", [True, None, "one", "1/0", float("nan"), float("inf"), [1]])
def test_what_is_not_a_number_is_refused_by_name(value: object) -> None:
    with pytest.raises(ParameterError, match=r"^sender_payoffs\[0\]\[1\] = "):
        exact(value, "sender_payoffs[0][1]")


def test_from_json_reads_a_line() -> None:
    game = SignallingGame.from_json(LINE)
    assert game.shape == (2, 2, 2)
    assert game.prior == (Fraction(1, 10), Fraction(9, 10))
    assert game.sender_payoffs[0][0][1] == Fraction(1, 3)
    assert game.sender_payoffs[0][1][0] == Fraction(3, 10)
    assert game == SignallingGame.from_json(LINE)
    assert hash(game) == hash(SignallingGame.from_json(LINE))


@pytest.mark.parametrize(
    "change, message",
    [
        ({"prior": [0.5, 0.4]}, r"^prior = .*sum to one"),
        ({"prior": [1.5, -0.5]}, r"^prior\[1\] = -0.5"),
        ({"prior": [1]}, r"^prior = \[1\]: expected a list of 2 probabilities"),
        ({"sender_payoffs": []}, r"^sender_payoffs = \[\]"),
        ({"sender_payoffs": [[[1, 2], [3]], [[0, 2], [1, 3]]]}, r"^sender_payoffs\[0\]\[1\] = \[3\]"),
        ({"receiver_payoffs": [[[1, 0], [1, "x"]], [[0, 1], [0, 1]]]}, r"^receiver_payoffs\[0\]\[1\]\[1\] = 'x'"),
        ({"receiver_payoffs": [[[1, 0], [1, 0]]]}, r"^receiver_payoffs = .*list of 2 types"),
        ({"payoffs": []}, r"^payoffs = \[\]: expected a known key: one of prior"),
        ({"message_legal": [[True, 1], [True, True]]}, r"^message_legal\[0\] = "),
        ({"message_legal": [[False, False], [True, True]]}, r"^message_legal\[0\] = .*each type needs an action"),
        ({"response_names": ["a"]}, r"^response_names = "),
    ],
)
def test_errors_name_the_key_and_the_value(change: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        SignallingGame.from_json(LINE | change)


def test_a_missing_key_is_named() -> None:
    with pytest.raises(ParameterError, match=r"^receiver_payoffs = None: .*missing"):
        SignallingGame.from_json({key: value for key, value in LINE.items() if key != "receiver_payoffs"})


def test_payoffs_of_actions_that_are_not_legal_may_be_null() -> None:
    payoffs = [[[1, 2], [None, None]], [[0, 2], [1, None]]]
    legal = {"message_legal": [[True, False], [True, True]], "response_legal": [[True, True], [True, False]]}
    game = SignallingGame.from_json(LINE | {"sender_payoffs": payoffs, "receiver_payoffs": payoffs} | legal)
    assert game.messages(0) == (0,)
    assert game.senders(1) == (1,)
    assert game.responses(1) == (0,)


def test_the_talks_game_as_a_signalling_game() -> None:
    parameters = TalksParameters(
        prior_high=0.25,
        loss_high=0.2,
        loss_low=0.6,
        escalation_cost=0.3,
        sender_dividend=0.5,
        receiver_dividend=0.125,
        pressure=0.5,
        shelter=0.25,
        face_cost=0.1,
        guarantee=0.05,
    )
    game = signalling_form(compile_talks(parameters))
    assert game.type_names == ("high", "low")
    assert game.message_names == ("FIGHT", "OFFER_TALKS")
    assert game.response_names == ("FIGHT", "ESCALATE", "OFFER_TALKS")
    assert game.response_legal == ((True, True, False), (False, True, True))
    assert game.prior == (Fraction(1, 4), Fraction(3, 4))
    # docs/model.md, section 2, first table, for the low type: -λℓ, -ℓ, -(1-s)ℓ - f, b_S and the receiver's counterparts
    expected = [[-0.3, -0.6, 0], [0, -0.55, 0.5]], [[0.3, 0.3, 0], [0, 0.1, 0.125]]
    np.testing.assert_allclose(np.array(game.sender_payoffs[1], float), expected[0], atol=1e-12)
    np.testing.assert_allclose(np.array(game.receiver_payoffs[1], float), expected[1], atol=1e-12)


def test_compiling_and_reading_back_gives_the_same_game() -> None:
    game = SignallingGame(
        ["1/4", "3/4"],
        [[[1, 2, 0], [3, 0, 0]], [[0.5, -2, 0], [1, 0, 4]]],
        [[[0, 1, 0], [2, 0, 0]], [[-1, 0.25, 0], [1, 0, 2]]],
        response_legal=[[True, True, False], [True, False, True]],
        type_names=["strong", "weak"],
        message_names=["in", "out"],
        response_names=["up", "down", "across"],
    )
    assert signalling_form(compile_signalling(game)) == game


def test_messages_that_depend_on_the_type_do_not_compile() -> None:
    game = SignallingGame.from_json(LINE | {"message_legal": [[True, False], [True, True]]})
    with pytest.raises(ValueError, match="every message to be open to every type"):
        compile_signalling(game)


class Odd(Game):
    """Two stages in each of which the players listed have two actions."""

    name, players, action_names = "odd", ("one", "two"), ("a", "b")
    type_names = (("x", "y"), ("only",))
    prior = np.array([[0.5], [0.5]])

    def __init__(self, *acting: tuple[int, ...], outcomes: int = 1) -> None:
        self.acting, self.count = acting, outcomes

    def initial_state(self) -> int:
        return 0

    def legal_actions(self, state: int) -> tuple[tuple[int, ...], ...]:
        if state == len(self.acting):
            return ()
        return tuple((0, 1) if player in self.acting[state] else (0,) for player in range(2))

    def outcomes(self, state: int, joint: tuple[int, ...]) -> tuple[Outcome, ...]:
        reward = np.array([1.0, -1.0])[:, None, None] * (state + joint[0] + 2 * joint[1])
        return tuple(Outcome(str(k), state + 1, 1 / self.count, reward) for k in range(self.count))


@pytest.mark.parametrize(
    "game, problem",
    [
        (Odd((0,), (0,)), "a message and a response"),
        (Odd((1,), (0,)), "a message and a response"),
        (Odd((0,)), "a message and a response"),
        (Odd((0, 1), (1,)), "do not move at once"),
        (Odd((0,), (1,), (0,)), "ends with the receiver's response"),
        (Odd((0,), (1,), outcomes=2), "no chance events"),
    ],
)
def test_games_of_another_form_are_refused(game: Odd, problem: str) -> None:
    with pytest.raises(ValueError, match=f"'odd'.*{problem}"):
        signalling_form(compile_game(game))


def test_several_moves_of_the_sender_make_one_message() -> None:
    game = signalling_form(compile_game(Odd((0,), (0,), (1,))))
    assert game.message_names == ("a a", "a b", "b a", "b b")
    # stage rewards 0 + i, 1 + j and 2 + 2 k
    assert game.sender_payoffs[1] == ((3, 5), (4, 6), (4, 6), (5, 7))
    assert game.receiver_payoffs[0] == ((-3, -5), (-4, -6), (-4, -6), (-5, -7))
