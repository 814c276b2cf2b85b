"""Frame invariance: how much play moves when only the words move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from olivebranch.eval.language_model.scores import PlayScore
from olivebranch.games.base import FloatArray

DRAWS = 1000


@dataclass(frozen=True)
class Invariance:
    """One model in one game, over frames.

    Attributes:
        model, game: which.
        frames: the frames that were compared.
        moved: the largest total variation distance between two frames' shares in one situation.
        where: that situation, in words.
        by_chance: what ``moved`` exceeds with a probability of 5 % if all frames are played alike.
        p: how likely it is to be that large if they are.
        nash_conv: by frame.
    """

    model: str
    game: str
    frames: tuple[str, ...]
    moved: float
    where: str
    by_chance: float
    p: float
    nash_conv: dict[str, float]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {**vars(self), "frames": list(self.frames)}


def invariance(scores: Sequence[PlayScore]) -> Invariance | None:
    """Compare the frames of one model in one game; None where there are fewer than two, or nothing in common.

    Under the hypothesis that only words differ, every frame's counts come from the same mixtures; they are drawn anew
    from the pooled shares, with each frame's numbers of answers.
    """
    sampled = [score for score in scores if score.play.sampled]
    if len(sampled) < 2:
        return None
    first = sampled[0].play
    counts = np.array([score.play.elicited.play.at(score.play.elicited.situations) for score in sampled])
    asked = counts.sum(axis=2)
    common = np.flatnonzero((asked > 0).sum(axis=0) >= 2)
    if not len(common):
        return None
    counts, asked = counts[:, common], asked[:, common]
    pooled = counts.sum(axis=0)
    pooled = pooled / pooled.sum(axis=1, keepdims=True)
    generator = np.random.default_rng(first.settings.ask.seed)
    distances = _distances(counts, asked)
    drawn = np.array(
        [
            _distances(generator.multinomial(asked.astype(np.int64), pooled[None]).astype(np.float64), asked).max()
            for _ in range(DRAWS)
        ]
    )
    moved = float(distances.max())
    number = int(common[int(distances.argmax())])
    share = next(
        (m for m in _situations(sampled) if m[0] == number),
        (number, ""),
    )
    return Invariance(
        model=first.settings.model.name,
        game=first.game.label,
        frames=tuple(score.play.settings.frame.name for score in sampled),
        moved=moved,
        where=share[1],
        by_chance=float(np.quantile(drawn, 0.95)),
        p=float((1 + (drawn >= moved - 1e-12).sum()) / (1 + DRAWS)),
        nash_conv={score.play.settings.frame.name: score.nash_conv.value for score in sampled},
    )


def _distances(counts: FloatArray, asked: FloatArray) -> FloatArray:
    """The largest total variation between two frames in each situation, ``[n_situations]``."""
    with np.errstate(invalid="ignore"):
        shares = counts / asked[..., None]
    result = np.zeros(counts.shape[1])
    for one in range(len(counts)):
        for other in range(one):
            distance = 0.5 * np.abs(shares[one] - shares[other]).sum(axis=1)
            result = np.fmax(result, distance)  # NaN where a frame was not asked
    return result


def _situations(scores: Sequence[PlayScore]) -> list[tuple[int, str]]:
    """The situations by number, in words."""
    from olivebranch.agents.language_model.elicitation import history_text, rows

    play = scores[0].play
    tree, rules = play.tree, play.tree.game.game
    found = []
    for number, (stage, history, column) in enumerate(rows(play.elicited.situations)):
        seat = int(tree.moves.owner[column])
        own = rules.type_names[seat][column - int(tree.type_offset[seat])]
        found.append((number, f"{rules.players[seat]} ({own}), {history_text(tree, stage, history)}"))
    return found
