"""Behaviour in a signalling game as two tables and as a profile on its tree; the game in another unit of payoff."""

from dataclasses import replace
from typing import Any

import numpy as np

from olivebranch.games.base import FloatArray
from olivebranch.games.signalling import SignallingGame, SignallingRules
from olivebranch.theory.tree.histories import GameTree
from olivebranch.theory.tree.profiles import BehaviourProfile


def tables_of(profile: BehaviourProfile) -> tuple[FloatArray, FloatArray]:
    """Probability of each message by type, ``[types, messages]``, and of each response by message,
    ``[messages, responses]``, in a profile of a compiled :class:`SignallingGame`."""
    rules = _rules(profile.tree)
    sender = np.zeros(rules.form.shape[:2])
    receiver = np.zeros(rules.form.shape[1:])
    for action, message in rules.sent.items():
        sender[:, message] = profile.of(0, 0)[0][:, action]
    for history, message in enumerate(_messages(profile.tree)):
        for action, response in rules.replied.items():
            receiver[message, response] = profile.of(1, 1)[history][0, action]
    return sender, receiver


def stages_of(tree: GameTree, sender: FloatArray, receiver: FloatArray) -> tuple[FloatArray, ...]:
    """Numbers of the two tables where a profile on ``tree`` has them, all others zero: for example counts to be fitted.

    Args:
        tree: of a compiled :class:`SignallingGame`.
        sender: ``[types, messages]``.
        receiver: ``[messages, responses]``.
    """
    rules = _rules(tree)
    stages = tuple(np.zeros((len(stage), tree.n_all_types, tree.game.n_actions)) for stage in tree.stages)
    first, second = tree.types_of(0).start, tree.types_of(1).start
    for action, message in rules.sent.items():
        stages[0][0, first : first + len(sender), action] = sender[:, message]
    for history, message in enumerate(_messages(tree)):
        for action, response in rules.replied.items():
            stages[1][history, second, action] = receiver[message, response]
    return stages


def in_unit_payoffs(game: SignallingGame) -> SignallingGame:
    """The same game with each player's payoffs running from 0 to 1, exactly; a player who gets the same whatever is
    done gets 0. Equilibria are the same."""
    types = len(game.prior)
    tables = []
    for payoffs in (game.sender_payoffs, game.receiver_payoffs):
        possible = [
            payoffs[t][m][a] for t in range(types) if game.prior[t] for m in game.messages(t) for a in game.responses(m)
        ]
        low, span = min(possible), max(possible) - min(possible)
        tables.append([[[(x - low) / (span or 1) for x in row] for row in plane] for plane in payoffs])
    changed: dict[str, Any] = {"sender_payoffs": tables[0], "receiver_payoffs": tables[1]}  # frozen as they are checked
    return replace(game, **changed)


def _rules(tree: GameTree) -> SignallingRules:
    rules = tree.game.game
    if not isinstance(rules, SignallingRules):
        raise ValueError(f"game {rules.name!r}: expected a compiled signalling game")
    return rules


def _messages(tree: GameTree) -> list[int]:
    """The message that led to each history of the second stage."""
    return [int(str(tree.game.states[state])) for state in tree.stages[1].state]
