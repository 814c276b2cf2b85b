"""What the seats of signalling games see where they choose, for learners that are networks."""

from dataclasses import dataclass

import numpy as np

from olivebranch.games.base import CompiledGame, IntArray
from olivebranch.games.information import Float32Array, ObservationEncoder
from olivebranch.games.rules import Action
from olivebranch.games.signalling import SignallingRules
from olivebranch.games.talks import AFTER_FIGHT, AFTER_OFFER

SENDER, RECEIVER = 0, 1


@dataclass(frozen=True)
class View:
    """One seat's situations: the sender's types, or the messages that the receiver may hear.

    Attributes:
        observation: ``[situations, width]``; see :class:`olivebranch.games.information.ObservationEncoder`.
        columns: the number of each action in the game's enumeration, in the order of messages or of replies,
            ``[situations, actions]``. Of a reply that is not legal it is the number that it has where it is.
        n_actions: the length of the enumeration.
    """

    observation: Float32Array
    columns: IntArray
    n_actions: int


Views = tuple[View, View]


def talks_views(game: CompiledGame) -> Views:
    """Of the talks game: types high, low; messages fight, offer; replies hold, escalate."""
    messages = np.array([[Action.FIGHT, Action.OFFER_TALKS]] * 2)
    replies = np.array([[Action.FIGHT, Action.ESCALATE], [Action.OFFER_TALKS, Action.ESCALATE]])
    return _views(game, [AFTER_FIGHT, AFTER_OFFER], messages, replies)


def signalling_views(game: CompiledGame, rules: SignallingRules) -> Views:
    """Of a finite signalling game, in the order of its own lists."""
    types, messages, replies = rules.form.shape
    sent, replied = ({place: action for action, place in numbers.items()} for numbers in (rules.sent, rules.replied))
    return _views(
        game,
        list(range(messages)),
        np.array([[sent[m] for m in range(messages)]] * types),
        np.array([[replied[a] for a in range(replies)]] * messages),
    )


def _views(game: CompiledGame, heard: list[object], messages: IntArray, replies: IntArray) -> Views:
    """``heard``: the public states in which the receiver chooses, one for each message."""
    encoder = ObservationEncoder(game)
    types = game.n_types[SENDER]
    after = np.array([game.states.index(state) for state in heard])
    recent = np.full((len(after), encoder.window), -1, dtype=np.int64)
    recent[:, 0] = [int(np.flatnonzero(game.edge_next == state)[0]) for state in after]
    start, nothing = np.zeros(types, dtype=np.int64), np.full((types, encoder.window), -1, dtype=np.int64)
    own_type = np.zeros(len(after), dtype=np.int64)
    return (
        View(encoder.encode(SENDER, np.arange(types), start, nothing), messages, game.n_actions),
        View(encoder.encode(RECEIVER, own_type, after, recent), replies, game.n_actions),
    )
