"""Learning against seats that do not learn: the ``opponents`` of a config.

The learner is given a game of its own, in which those seats' choices are chance
(:mod:`olivebranch.theory.tree.fixed_seats`), so every learner can do it. What it learns is measured and kept in the
experiment's own game, with all seats.
"""

from dataclasses import dataclass

from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of, seat_play
from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.fixed_seats import FixedSeats, fix_seats
from olivebranch.theory.tree.histories import TreeTooLarge, unroll
from olivebranch.train.config import TrainConfig


@dataclass(frozen=True)
class TrainingGame:
    """What a learner learns in.

    Attributes:
        game: the game that the learner is made with.
        fixed: the seats that do not learn, where there are any.
    """

    game: CompiledGame
    fixed: FixedSeats | None = None

    def whole(self, play: LearnedPlay) -> LearnedPlay:
        """``play``, which is of :attr:`game`, as play of the experiment's game by all seats."""
        return play if self.fixed is None else self.fixed.completed(behaviour_of(self.fixed.tree, play))


def training_game(config: TrainConfig, game: CompiledGame) -> TrainingGame:
    """The game in which the learner of ``config`` learns; ``game`` is the experiment's.

    Raises:
        ParameterError: a policy of the opponents cannot be found, or does not fit the game; or there are opponents and
            the game's tree does not fit into memory.
    """
    opponents = config.found_opponents()
    if not opponents:
        return TrainingGame(game)
    try:
        tree = unroll(game)
    except TreeTooLarge as error:
        raise ParameterError("opponents", config.opponents, f"a game whose tree fits ({error})") from None
    parts = {}
    for player, found in opponents.items():
        seat, key = game.game.players.index(player), f"opponents.{player}"
        parts[seat] = seat_play(tree, found.one(key)[seat], seat, key, found.spec)
    fixed = fix_seats(tree, parts)
    return TrainingGame(fixed.game, fixed)
