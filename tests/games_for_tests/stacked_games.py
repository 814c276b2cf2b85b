"""Signalling games for tests of stacked learners, and what an ordinary learner's profile says in them."""

import numpy as np

from olivebranch.agents.stacked.games import StackedGames
from olivebranch.games.signalling import SignallingGame, SignallingRules
from olivebranch.theory.tree.profiles import BehaviourProfile


def random_game(shape: tuple[int, int, int], seed: int, *, some_illegal: str = "") -> SignallingGame:
    """Payoffs are normal, the prior is from the flat Dirichlet distribution.

    Where ``some_illegal`` is "replies" or "both" each message but the first lacks its last reply; with "both" the last
    type cannot send the last message.
    """
    types, messages, replies = shape
    generator = np.random.default_rng(seed)
    prior = generator.dirichlet(np.ones(types))
    sender, receiver = generator.normal(size=(2, *shape))
    can_send, can_reply = np.ones((types, messages), dtype=bool), np.ones((messages, replies), dtype=bool)
    can_reply[1:, -1] = not some_illegal
    can_send[-1, -1] = some_illegal != "both"
    return SignallingGame(prior / prior.sum(), sender, receiver, can_send.tolist(), can_reply.tolist())


def random_games(shape: tuple[int, int, int], number: int, *, some_illegal: str = "") -> StackedGames:
    """Several of them."""
    return StackedGames.of_signalling([random_game(shape, seed, some_illegal=some_illegal) for seed in range(number)])


def tables_of(profile: BehaviourProfile) -> tuple[np.ndarray, np.ndarray]:
    """The sender's ``[types, messages]`` and the receiver's ``[messages, replies]`` in a profile of such a game."""
    rules = profile.tree.game.game
    assert isinstance(rules, SignallingRules)
    _, messages, replies = rules.form.shape
    sender = profile.of(0, 0)[0][:, [action for action, _ in sorted(rules.sent.items(), key=lambda item: item[1])]]
    receiver = np.zeros((messages, replies))
    for history, state in enumerate(profile.tree.stages[1].state):
        for action, reply in rules.replied.items():
            receiver[profile.tree.game.states[state], reply] = profile.of(1, 1)[history, 0, action]
    return sender, receiver
