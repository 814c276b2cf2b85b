"""Finite signalling games in exact numbers (docs/model.md, section 4).

Nature draws the sender's type; the sender, who knows it, sends a message; the receiver, who sees the message only,
responds. Payoffs and prior are held as fractions, so that what is computed from them can be exact. A game of this kind
can be written as YAML alone (:mod:`olivebranch.games.payoff_tables`, docs/games.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Self

import numpy as np

from olivebranch.core.errors import ParameterError, known_key
from olivebranch.games.base import CompiledGame, Game, Outcome
from olivebranch.games.kinds import GameKind, compile_named
from olivebranch.games.payoff_tables import exact, is_list, plain, read_payoff_tables

Tensor = tuple[tuple[tuple[Fraction, ...], ...], ...]
PRIOR_TOLERANCE = Fraction(1, 10**9)
PLAYERS = ("sender", "receiver")
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


@dataclass(frozen=True, init=False)
class SignallingGame:
    """A finite signalling game. Types are indexed by θ, messages by m, responses by a.

    Attributes:
        prior: probability of each type, ``[θ]``, scaled to sum to one exactly. A type of probability zero is allowed:
            it must still play optimally, and beliefs off the path may point to it.
        sender_payoffs, receiver_payoffs: ``[θ][m][a]``; zero where the message or the response is not legal.
        message_legal: which types can send which message, ``[θ][m]``.
        response_legal: which responses are open after which message, ``[m][a]``.
        type_names, message_names, response_names: for reports, distinct; by default the index.
        player_names: of sender and receiver.

    Raises:
        ParameterError: names the key and what is wrong: a ragged or empty array, something that is not a finite
            number, a prior that is negative or does not sum to one within 1e-9, a type without message, a message
            without response, a name that stands twice.
    """

    prior: tuple[Fraction, ...]
    sender_payoffs: Tensor
    receiver_payoffs: Tensor
    message_legal: tuple[tuple[bool, ...], ...]
    response_legal: tuple[tuple[bool, ...], ...]
    type_names: tuple[str, ...]
    message_names: tuple[str, ...]
    response_names: tuple[str, ...]
    player_names: tuple[str, ...]

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
        player_names: Sequence[str] = PLAYERS,
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
            "player_names": _names(player_names, 2, "players"),
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
    def from_json(cls, line: Mapping[str, Any]) -> Self:
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

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Self:
        """Build from what a person writes (:mod:`~olivebranch.games.payoff_tables`), or from the keys of
        :meth:`from_json`. Raises :class:`ParameterError`."""
        if "sender_payoffs" in values and "payoffs" not in values:
            return cls.from_json(values)
        return cls(**read_payoff_tables(values))

    def as_dict(self) -> dict[str, object]:
        """The game by names, in plain exact numbers; :meth:`from_mapping` gives the same game again."""
        pairs = {
            type_name: {
                self.message_names[m]: {
                    self.response_names[a]: [plain(self.sender_payoffs[t][m][a]), plain(self.receiver_payoffs[t][m][a])]
                    for a in self.responses(m)
                }
                for m in self.messages(t)
            }
            for t, type_name in enumerate(self.type_names)
        }
        return {
            "types": list(self.type_names),
            "messages": list(self.message_names),
            "responses": list(self.response_names),
            "players": list(self.player_names),
            "prior": {name: plain(share) for name, share in zip(self.type_names, self.prior, strict=True)},
            "payoffs": pairs,
        }

    def compile(self) -> CompiledGame:
        """The compiled game, see :func:`compile_signalling`."""
        return compile_signalling(self)


class SignallingRules(Game):
    """The rules of a signalling game as a member of the class of games.

    A message and a response of the same name share one action, as all players of a game choose from one enumeration.

    Attributes:
        form: the game in exact numbers.
    """

    name = "signalling"

    def __init__(self, form: SignallingGame) -> None:
        types, messages, responses = form.shape
        self.form, self.players = form, form.player_names
        self.action_names = tuple(_merged(form.message_names, form.response_names))
        number = {name: index for index, name in enumerate(self.action_names)}
        self.sent = {number[name]: m for m, name in enumerate(form.message_names)}
        self.replied = {number[name]: a for a, name in enumerate(form.response_names)}
        self.replies = [sorted(number[form.response_names[a]] for a in form.responses(m)) for m in range(messages)]
        self.type_names = (form.type_names, ("only",))
        self.prior = np.array([[float(p)] for p in form.prior])
        both = [form.sender_payoffs, form.receiver_payoffs]
        self.rewards = np.array(both, dtype=np.float64).reshape(2, types, 1, messages, responses)

    def initial_state(self) -> int:
        return -1

    def legal_actions(self, state: int) -> Sequence[Sequence[int]]:
        if state == len(self.replies):
            return ()
        return (sorted(self.sent), [0]) if state < 0 else ([0], self.replies[state])

    def outcomes(self, state: int, joint: tuple[int, ...]) -> Sequence[Outcome]:
        if state < 0:
            return (Outcome("", self.sent[joint[0]]),)
        reward = self.rewards[..., state, self.replied[joint[1]]]
        return (Outcome("", len(self.replies), 1.0, reward),)

    def describe(self, state: int) -> str:
        sender, receiver = self.players
        if state < 0:
            return f"the {sender} knows its type and chooses a message"
        if state == len(self.replies):
            return "all is said and done"
        return f"the {receiver} has seen {self.form.message_names[state]!r} and responds"


def compile_signalling(game: SignallingGame) -> CompiledGame:
    """The game in floats, as public states, to evaluate, export or play.

    Actions are numbered with the messages first and the responses after them, but for responses that bear a message's
    name, and those listed before such a one.

    Raises:
        ParameterError: some type cannot send some message, for in the class of games what is legal is public; or a
            name is empty, or no name for a player.
    """
    for name, row in zip(game.type_names, game.message_legal, strict=True):
        if not all(row):
            absent = game.message_names[row.index(False)]
            raise ParameterError(
                f"payoffs.{name}.{absent}",
                None,
                "every message to be open to every type, as what is legal is public in a game that is to be played",
            )
    return compile_named(SignallingRules(game), SignallingRules.name)


def _merged(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """All names once: the first list in its order, and of the second its order as far as the first allows."""
    merged, waiting = list(first), list[str]()
    for name in second:
        if name in first:
            at = merged.index(name)
            merged[at:at] = waiting
            waiting = []
        else:
            waiting.append(name)
    return merged + waiting


def _shape(payoffs: Any) -> tuple[int, int, int]:
    sizes: list[int] = []
    level, key = payoffs, "sender_payoffs"
    for axis in ("types", "messages", "responses"):
        if not is_list(level) or len(level) == 0:
            raise ParameterError(key, level, f"a list of {axis}, not empty")
        sizes.append(len(level))
        level, key = level[0], key + "[0]"
    return sizes[0], sizes[1], sizes[2]


def _list(value: Any, size: int, key: str, of: str) -> Any:
    if not is_list(value) or len(value) != size:
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
    found = tuple(str(name) for name in _list(names, size, key, "names"))
    if len(set(found)) < size:
        raise ParameterError(key, list(found), "distinct names")
    return found


KIND = GameKind("signalling", SignallingGame)
