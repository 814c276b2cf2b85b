"""Finite signalling games in exact numbers, and the way there from a compiled game (docs/model.md, section 4).

Nature draws the sender's type; the sender, who knows it, sends a message; the receiver, who sees the message only,
responds. Payoffs and prior are held as fractions, so that what is computed from them can be exact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from numbers import Integral, Rational, Real
from typing import Any

import numpy as np

from olivebranch.core.errors import ParameterError, known_key
from olivebranch.games.base import CompiledGame, FloatArray, Game, Outcome, compile_game

Tensor = tuple[tuple[tuple[Fraction, ...], ...], ...]
PRIOR_TOLERANCE = Fraction(1, 10**9)
JSON_KEYS = (
    "prior",
    "sender_payoffs",
    "receiver_payoffs",
    "message_legal",
    "response_legal",
    "type_names",
    "message_names",
    "response_names",
)


def exact(value: Any, key: str) -> Fraction:
    """Read a number exactly: integers and fractions as they are, strings such as ``"1/3"``, floats as their shortest
    decimal (0.1 is one tenth).

    Raises:
        ParameterError: names ``key`` if ``value`` is not a finite number.
    """
    try:
        if isinstance(value, bool | np.bool_):
            raise ValueError
        if isinstance(value, Integral):
            return Fraction(int(value))
        if isinstance(value, Rational | str):
            return Fraction(value)
        if isinstance(value, Real) and isfinite(value):
            return Fraction(repr(float(value)))
        raise ValueError
    except (ValueError, ZeroDivisionError):
        raise ParameterError(key, value, 'a finite number or a string such as "1/3"') from None


@dataclass(frozen=True, init=False)
class SignallingGame:
    """A finite signalling game. Types are indexed by θ, messages by m, responses by a.

    Attributes:
        prior: probability of each type, ``[θ]``, scaled to sum to one exactly. A type of probability zero is allowed:
            it must still play optimally, and beliefs off the path may point to it.
        sender_payoffs, receiver_payoffs: ``[θ][m][a]``; zero where the message or the response is not legal.
        message_legal: which types can send which message, ``[θ][m]``.
        response_legal: which responses are open after which message, ``[m][a]``.
        type_names, message_names, response_names: for reports; by default the index.

    Raises:
        ParameterError: names the key and what is wrong: a ragged or empty array, something that is not a finite
            number, a prior that is negative or does not sum to one within 1e-9, a type without message, a message
            without response.
    """

    prior: tuple[Fraction, ...]
    sender_payoffs: Tensor
    receiver_payoffs: Tensor
    message_legal: tuple[tuple[bool, ...], ...]
    response_legal: tuple[tuple[bool, ...], ...]
    type_names: tuple[str, ...]
    message_names: tuple[str, ...]
    response_names: tuple[str, ...]

    def __init__(
        self,
        prior: Any,
        sender_payoffs: Any,
        receiver_payoffs: Any,
        message_legal: Any = None,
        response_legal: Any = None,
        type_names: Sequence[str] | None = None,
        message_names: Sequence[str] | None = None,
        response_names: Sequence[str] | None = None,
    ) -> None:
        types, messages, responses = _shape(sender_payoffs)
        can_send = _legality(message_legal, (types, messages), "message_legal", "type")
        can_reply = _legality(response_legal, (messages, responses), "response_legal", "message")
        values = {
            "prior": _distribution(prior, types),
            "sender_payoffs": _payoffs(sender_payoffs, "sender_payoffs", can_send, can_reply),
            "receiver_payoffs": _payoffs(receiver_payoffs, "receiver_payoffs", can_send, can_reply),
            "message_legal": can_send,
            "response_legal": can_reply,
            "type_names": _names(type_names, types, "type_names"),
            "message_names": _names(message_names, messages, "message_names"),
            "response_names": _names(response_names, responses, "response_names"),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of types, messages and responses."""
        return len(self.prior), len(self.message_names), len(self.response_names)

    def senders(self, message: int) -> tuple[int, ...]:
        """The types that can send ``message``."""
        return tuple(t for t, row in enumerate(self.message_legal) if row[message])

    def messages(self, sender: int) -> tuple[int, ...]:
        """The messages open to type ``sender``."""
        return tuple(m for m, legal in enumerate(self.message_legal[sender]) if legal)

    def responses(self, message: int) -> tuple[int, ...]:
        """The responses open after ``message``."""
        return tuple(a for a, legal in enumerate(self.response_legal[message]) if legal)

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> "SignallingGame":
        """Build from a decoded JSON object with the keys ``prior``, ``sender_payoffs``, ``receiver_payoffs`` and, if
        wanted, ``message_legal``, ``response_legal`` and the three lists of names. Where an action is not legal, the
        payoff may be null.

        Raises:
            ParameterError: also for an unknown or a missing key.
        """
        for key in line:
            if key not in JSON_KEYS:
                raise ParameterError(str(key), line[key], known_key(JSON_KEYS, key))
        for key in JSON_KEYS[:3]:
            if key not in line:
                raise ParameterError(key, None, "a list of numbers, but it is missing")
        return cls(**{str(key): value for key, value in line.items()})


def signalling_form(compiled: CompiledGame) -> SignallingGame:
    """The signalling game that a compiled game is: player 0, who alone has types, moves; then player 1 replies once.

    The talks game and the demonstration game are of this form. Several moves of the sender make up one message, named
    by the names of its actions. Rewards on the way are added up; messages and responses keep the order of the game's
    action enumeration.

    Raises:
        ValueError: the game is not of this form.
    """
    name = compiled.game.name
    if compiled.n_players != 2 or compiled.n_types[1] != 1:
        raise ValueError(f"game {name!r}: a signalling game has a sender with types and a receiver without")
    if compiled.max_stages < 2:
        raise ValueError(f"game {name!r}: a signalling game has a message and a response")
    messages = list(_messages(compiled, 0, [], np.zeros((2, compiled.n_types[0]))))
    replying = [state for _, state, _ in messages]
    used = np.flatnonzero(compiled.legal[replying, 1].any(axis=0))
    legal = compiled.legal[replying, 1][:, used]
    payoffs = np.zeros((2, compiled.n_types[0], *legal.shape))
    for m, a in zip(*np.nonzero(legal), strict=True):
        reply = _edge(compiled, replying[m], 1, int(used[a]))
        if not compiled.terminal[compiled.edge_next[reply]]:
            raise ValueError(f"game {name!r}: a signalling game ends with the receiver's response")
        payoffs[:, :, m, a] = messages[m][2] + compiled.edge_reward[reply]
    names = compiled.game.action_names
    return SignallingGame(
        compiled.prior,
        payoffs[0],
        payoffs[1],
        response_legal=legal,
        type_names=compiled.game.type_names[0],
        message_names=[" ".join(names[action] for action in actions) for actions, _, _ in messages],
        response_names=[names[action] for action in used],
    )


def _messages(
    compiled: CompiledGame, state: int, actions: list[int], reward: FloatArray
) -> Iterator[tuple[list[int], int, FloatArray]]:
    """(the sender's actions, the state in which the receiver replies, rewards so far) of every message."""
    if not compiled.acts[state, 0]:
        if not actions or compiled.terminal[state]:
            raise ValueError(f"game {compiled.game.name!r}: a signalling game has a message and a response")
        yield actions, state, reward
        return
    if compiled.acts[state, 1]:
        raise ValueError(f"game {compiled.game.name!r}: the two players of a signalling game do not move at once")
    for action in np.flatnonzero(compiled.legal[state, 0]):
        edge = _edge(compiled, state, 0, int(action))
        following = int(compiled.edge_next[edge])
        yield from _messages(compiled, following, [*actions, int(action)], reward + compiled.edge_reward[edge])


def _edge(compiled: CompiledGame, state: int, player: int, action: int) -> int:
    """The one edge of ``player``'s ``action`` in ``state``, where the other does not act."""
    joint = [int(np.flatnonzero(compiled.legal[state, other])[0]) for other in range(2)]
    joint[player] = action
    index = int(compiled.joint_index(np.array(joint)))
    if compiled.edge_count[state, index] != 1:
        raise ValueError(f"game {compiled.game.name!r}: a signalling game has no chance events after the types")
    return int(compiled.edge_start[state, index])


class _Rules(Game):
    """The rules of a signalling game as a member of the class of games."""

    name = "signalling"
    players = ("sender", "receiver")

    def __init__(self, game: SignallingGame) -> None:
        types, messages, responses = game.shape
        self.messages = range(messages)
        self.responses = [[messages + a for a in game.responses(m)] for m in self.messages]
        self.action_names = (*game.message_names, *game.response_names)
        self.type_names = (game.type_names, ("only",))
        self.prior = np.array([[float(p)] for p in game.prior])
        both = [game.sender_payoffs, game.receiver_payoffs]
        self.rewards = np.array(both, dtype=np.float64).reshape(2, types, 1, messages, responses)

    def initial_state(self) -> int:
        return -1

    def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
        if state == len(self.messages):
            return ()
        return ([*self.messages], [0]) if state < 0 else ([0], self.responses[state])

    def outcomes(self, state: int, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state < 0:
            return (Outcome("", joint[0]),)
        reward = self.rewards[..., state, joint[1] - len(self.messages)]
        return (Outcome("", len(self.messages), 1.0, reward),)


def compile_signalling(game: SignallingGame) -> CompiledGame:
    """The inverse of :func:`signalling_form`, in floats: the game as public states, to evaluate, export or play.

    Actions are numbered with the messages first and the responses after them.

    Raises:
        ValueError: some type cannot send some message; in the class of games what is legal is public.
    """
    if not all(map(all, game.message_legal)):
        raise ValueError("signalling game: a compiled game needs every message to be open to every type")
    return compile_game(_Rules(game))


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence | np.ndarray) and not isinstance(value, str)


def _shape(payoffs: Any) -> tuple[int, int, int]:
    sizes: list[int] = []
    level, key = payoffs, "sender_payoffs"
    for axis in ("types", "messages", "responses"):
        if not _is_list(level) or len(level) == 0:
            raise ParameterError(key, level, f"a list of {axis}, not empty")
        sizes.append(len(level))
        level, key = level[0], key + "[0]"
    return sizes[0], sizes[1], sizes[2]


def _list(value: Any, size: int, key: str, of: str) -> Any:
    if not _is_list(value) or len(value) != size:
        raise ParameterError(key, value, f"a list of {size} {of}")
    return value


def _distribution(prior: Any, types: int) -> tuple[Fraction, ...]:
    values = [exact(value, f"prior[{t}]") for t, value in enumerate(_list(prior, types, "prior", "probabilities"))]
    for t, value in enumerate(values):
        if value < 0:
            raise ParameterError(f"prior[{t}]", prior[t], "a probability >= 0")
    total = sum(values, Fraction(0))
    if abs(total - 1) > PRIOR_TOLERANCE:
        raise ParameterError("prior", [str(value) for value in prior], "probabilities that sum to one")
    return tuple(value / total for value in values)


def _payoffs(payoffs: Any, key: str, can_send: Any, can_reply: Any) -> Tensor:
    types, messages, responses = len(can_send), len(can_reply), len(can_reply[0])
    table = []
    for t, plane in enumerate(_list(payoffs, types, key, "types")):
        rows = []
        for m, row in enumerate(_list(plane, messages, f"{key}[{t}]", "messages")):
            where = f"{key}[{t}][{m}]"
            cells = enumerate(_list(row, responses, where, "responses"))
            rows.append(
                tuple(
                    exact(value, f"{where}[{a}]") if can_send[t][m] and can_reply[m][a] else Fraction(0)
                    for a, value in cells
                )
            )
        table.append(tuple(rows))
    return tuple(table)


def _legality(table: Any, shape: tuple[int, int], key: str, owner: str) -> tuple[tuple[bool, ...], ...]:
    if table is None:
        return ((True,) * shape[1],) * shape[0]
    rows = []
    for index, row in enumerate(_list(table, shape[0], key, f"{owner}s")):
        flags = _list(row, shape[1], f"{key}[{index}]", "flags")
        for flag in flags:
            if not isinstance(flag, bool | np.bool_):
                raise ParameterError(f"{key}[{index}]", row, "true or false in each place")
        if not any(flags):
            raise ParameterError(f"{key}[{index}]", row, f"at least one true: each {owner} needs an action")
        rows.append(tuple(bool(flag) for flag in flags))
    return tuple(rows)


def _names(names: Any, size: int, key: str) -> tuple[str, ...]:
    if names is None:
        return tuple(str(index) for index in range(size))
    return tuple(str(name) for name in _list(names, size, key, "names"))
