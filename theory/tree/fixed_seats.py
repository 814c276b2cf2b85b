"""A game in which some seats play as they always do, seen by the others as a game of their own.

What a fixed seat does becomes chance: its action is drawn with the probability that its type gives to it, and everyone
sees it, as in the original game. So the other seats' payoffs, beliefs and best responses are those of the original
game, exactly, and whatever learns or solves a game learns or solves this one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.theory.tree.histories import GameTree, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile, SeatPlay, uniform_profile, with_parts
from olivebranch.theory.tree.recall import first_histories, history_game


@dataclass(frozen=True)
class FixedSeats:
    """Some seats of a game fixed. Made by :func:`fix_seats`.

    Attributes:
        original: the tree of the original game.
        parts: how each fixed seat plays, by its number.
        game: the game of the others. Its public states are the original's histories, numbered as in
            :func:`olivebranch.theory.tree.recall.history_game`; a fixed seat has one legal action everywhere.
    """

    original: GameTree
    parts: Mapping[int, SeatPlay]
    game: CompiledGame

    @cached_property
    def tree(self) -> GameTree:
        """The tree of ``game``. Histories that the fixed seats never bring about are not in it."""
        return unroll(self.game)

    def completed(self, play: BehaviourProfile) -> BehaviourProfile:
        """``play``, a profile on :attr:`tree`, with the fixed seats' own play, on the tree of the original game.

        Where the fixed seats never let play come, the others play uniformly: nothing was asked of them there.
        """
        offset = first_histories(self.original)
        stages = [table.copy() for table in uniform_profile(self.original).stages]
        for number, (stage, table) in enumerate(zip(self.tree.stages, play.stages, strict=False)):
            stages[number][stage.state - offset[number]] = table
        return with_parts(BehaviourProfile(self.original, tuple(stages)), self.parts)


def fix_seats(tree: GameTree, parts: Mapping[int, SeatPlay]) -> FixedSeats:
    """Let some seats play as ``parts`` say.

    An outcome of the new game is what the fixed seats chose and the outcome that followed; joint actions hold the one
    legal action of each fixed seat in place of its choice.

    Args:
        tree: the game's.
        parts: the play of each seat that is to be fixed, by its number.
    """
    game = history_game(tree)
    actions = game.joint_actions(game.edge_joint)
    probability = game.edge_probability.copy()
    folded, legal = actions.copy(), game.legal.copy()
    for seat, play in parts.items():
        only = np.argmax(game.legal[:, seat], axis=1)  # the lowest legal action stands for whatever is chosen
        choice = _choice(play)
        probability *= choice[game.edge_source[:, None], game.profile_types[:, seat], actions[:, [seat]]]
        folded[:, seat] = only[game.edge_source]
        legal[:, seat] &= np.arange(game.n_actions) == only[:, None]
    joint = game.joint_index(folded)
    order = np.lexsort((np.arange(game.n_edges), joint, game.edge_source))
    source, joint = game.edge_source[order], joint[order]
    count = np.zeros_like(game.edge_count)
    np.add.at(count, (source, joint), 1)
    start = (np.cumsum(count) - count.ravel()).reshape(count.shape)
    labels = _labels(game, sorted(parts), actions)
    return FixedSeats(
        tree,
        parts,
        CompiledGame(
            game=game.game,
            prior=game.prior,
            profile_types=game.profile_types,
            states=game.states,
            terminal=game.terminal,
            legal=legal,
            features=game.features,
            edge_start=np.where(count > 0, start, -1),
            edge_count=count,
            edge_source=source,
            edge_joint=joint,
            edge_outcome=np.arange(game.n_edges) - start[source, joint],
            edge_next=game.edge_next[order],
            edge_labels=tuple(labels[number] for number in order),
            edge_probability=probability[order],
            edge_reward=game.edge_reward[order],
        ),
    )


def _choice(play: SeatPlay) -> FloatArray:
    """Probability of each action, ``[n_histories + 1, n_types, n_actions]``; the last row is the end."""
    result: FloatArray = np.concatenate([*play, np.zeros((1, *play[0].shape[1:]))]).astype(np.float64)
    return result


def _labels(game: CompiledGame, fixed: Sequence[int], actions: IntArray) -> list[str]:
    """What everyone sees of each edge: the choices of the fixed seats that had one, and the outcome."""
    rules, acts = game.game, game.acts
    return [
        "; ".join(
            [
                *(
                    f"{rules.players[seat]} {rules.action_names[actions[edge, seat]]}"
                    for seat in fixed
                    if acts[game.edge_source[edge], seat]
                ),
                *([label] if label else []),
            ]
        )
        for edge, label in enumerate(game.edge_labels)
    ]
