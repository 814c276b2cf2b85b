"""Every run of a map of learning held against the equilibria of its own cell, all at once.

``reached``, ``on_path`` and ``off_path`` mean what they mean in :mod:`olivebranch.eval.comparison`. The measures of
convergence are those of Condorelli and Furlan, "Cheap Talking Algorithms" (arXiv:2310.07867): the largest probability
that any type, or the receiver after any message that comes up, gives to a suboptimal action (below 0.01 counts as
Nash); what a best response would add ex ante; the mutual information of type and message.
"""

from dataclasses import dataclass

import numpy as np

from olivebranch.agents.stacked.games import StackedGames
from olivebranch.games.base import BoolArray, FloatArray, IntArray
from olivebranch.games.talks import TalksColumns
from olivebranch.theory.equilibria.components import REACHED
from olivebranch.theory.talks.columns import ComponentColumns
from olivebranch.theory.talks.kernel import D1, EXISTS, INTUITIVE, POOL_FIGHT, POOL_TALK, solve_array

NASH = 0.01  # the largest mass on suboptimal actions that counts as Nash
SUBOPTIMAL = 1e-3  # an action is suboptimal if it loses more than this, in shares of the stake
HEARD = 0.01  # a message counts as coming up from this probability on


@dataclass(frozen=True)
class AtlasScores:
    """What became of every run. Arrays are ``[cells, seeds]`` unless said otherwise.

    Attributes:
        flags: ``[cells, 9, 3]``: which components exist, survive D1, survive the intuitive criterion.
        nearest: the row of the component whose outcomes are nearest.
        reached: the same where play has reached it, off the path included; -1 where it is near none.
        outcome_reached: the same whatever the off-path reply.
        on_path, off_path: distances to the nearest component.
        suboptimal_mass: largest probability of a suboptimal action.
        sender_loss, receiver_loss: what a best response would add, ex ante, in shares of the stake.
        mutual_information: of type and message, in bits.
    """

    flags: BoolArray
    nearest: IntArray
    reached: IntArray
    outcome_reached: IntArray
    on_path: FloatArray
    off_path: FloatArray
    suboptimal_mass: FloatArray
    sender_loss: FloatArray
    receiver_loss: FloatArray
    mutual_information: FloatArray

    @property
    def nash(self) -> BoolArray:
        """Where play counts as Nash."""
        return self.suboptimal_mass < NASH

    def share(self, row: int) -> FloatArray:
        """Share of seeds that reached a component, by cell; ``row = -1``: that are near none."""
        result: FloatArray = (self.reached == row).mean(axis=1)
        return result

    def refined_share(self, column: int) -> FloatArray:
        """Among seeds that reached a component, the share whose component survives a refinement (``D1``,
        ``INTUITIVE``), by cell; not a number where no seed reached any."""
        survives = np.take_along_axis(self.flags[:, :, column], np.maximum(self.reached, 0), axis=1)
        hits = self.reached >= 0
        total = hits.sum(axis=1)
        return np.where(total > 0, (survives & hits).sum(axis=1) / np.maximum(total, 1), np.nan)


def score(parameters: TalksColumns[FloatArray], games: StackedGames, behaviour: FloatArray) -> AtlasScores:
    """Score every run.

    Args:
        parameters: of the cells, ``[cells]`` each.
        games: the same as payoffs.
        behaviour: x_H, x_L, q, r of every run, ``[cells, seeds, 4]``.
    """
    found, flags, _ = solve_array(parameters)
    components = ComponentColumns(*(np.zeros(flags.shape[:2]) for _ in found))
    for column, numbers in zip(components, found, strict=True):
        column[flags[:, :, EXISTS]] = numbers
    cells, seeds, _ = behaviour.shape
    rows: IntArray = np.zeros((3, cells, seeds), dtype=np.int64)
    measures: FloatArray = np.zeros((6, cells, seeds))
    for cell in range(cells):
        here = ComponentColumns(*(column[cell] for column in components))
        on_path, off_path, largest = distances(games.prior[cell], here, behaviour[cell])
        on_path[:, ~flags[cell, :, EXISTS]] = np.inf
        row = np.lexsort((largest, on_path), axis=1)[:, 0]
        chosen = np.arange(seeds), row
        path, off = on_path[chosen], off_path[chosen]
        near = np.maximum(path, off) < REACHED
        rows[:, cell] = row, np.where(near, row, -1), np.where(path < REACHED, row, -1)
        others = convergence(games.prior[cell], games.sender[cell], games.receiver[cell], behaviour[cell])
        measures[:, cell] = path, off, *others
    return AtlasScores(flags, *rows, *measures)


def strategies(behaviour: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Four probabilities ``[.., 4]`` as the sender's ``[.., type, message]`` and the receiver's
    ``[.., message, reply]``."""
    send = np.stack([1 - behaviour[..., :2], behaviour[..., :2]], axis=-1)
    escalate = behaviour[..., [3, 2]]
    return send, np.stack([1 - escalate, escalate], axis=-1)


def distances(
    prior: FloatArray, rows: ComponentColumns[FloatArray], behaviour: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Of ``[seeds, 4]`` behaviours from the nine rows, ``[9]`` each: on the path, off it, and the largest gap at any
    information set, each ``[seeds, 9]``; see ``ComponentDistance`` in ``eval.comparison``."""
    nearest = np.empty((len(behaviour), len(rows.offer_high), 4))
    nearest[:, :, :2] = np.stack([rows.offer_high, rows.offer_low], axis=1)
    least = np.stack([rows.escalate_after_offer_min, rows.escalate_after_fight_min], axis=1)
    most = np.stack([rows.escalate_after_offer_max, rows.escalate_after_fight_max], axis=1)
    nearest[:, :, 2:] = np.clip(behaviour[:, None, 2:], least, most)
    (send, reply), (their_send, their_reply) = strategies(behaviour), strategies(nearest)
    outcome = prior[:, None, None] * send[..., None] * reply[:, None]
    theirs = prior[:, None, None] * their_send[..., None] * their_reply[:, :, None]
    on_path = 0.5 * np.abs(outcome[:, None] - theirs).sum(axis=(2, 3, 4))
    gaps = np.abs(behaviour[:, None] - nearest)
    off_path = np.zeros_like(on_path)
    off_path[:, POOL_FIGHT], off_path[:, POOL_TALK] = gaps[:, POOL_FIGHT, 2], gaps[:, POOL_TALK, 3]
    return on_path, off_path, gaps.max(axis=2)


def convergence(
    prior: FloatArray, sender: FloatArray, receiver: FloatArray, behaviour: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Largest suboptimal mass, the sender's and the receiver's ex-ante loss, mutual information in bits: each
    ``[seeds]``, of behaviours ``[seeds, 4]`` in one game with payoffs ``[type, message, reply]``."""
    send, reply = strategies(behaviour)
    value = np.einsum("smr,tmr->stm", reply, sender)
    short = value.max(axis=2, keepdims=True) - value
    possible = (prior > 0)[:, None]
    sender_mass = (send * (short > SUBOPTIMAL) * possible).sum(axis=2).max(axis=1)
    sender_loss = (prior[:, None] * send * short).sum(axis=(1, 2))

    mass = prior[:, None] * send  # [seeds, type, message]
    heard = mass.sum(axis=1)
    gain = np.einsum("stm,tmr->smr", mass, receiver)
    lost = gain.max(axis=2, keepdims=True) - gain
    given_message = lost / np.maximum(heard, 1e-300)[..., None]
    receiver_mass = (reply * (given_message > SUBOPTIMAL) * (heard >= HEARD)[..., None]).sum(axis=2).max(axis=1)
    receiver_loss = (reply * lost).sum(axis=(1, 2))

    independent = prior[:, None] * heard[:, None, :]
    ratio = np.where(mass > 0, mass / np.where(independent > 0, independent, 1.0), 1.0)
    information = np.maximum((mass * np.log2(ratio)).sum(axis=(1, 2)), 0.0)
    return np.maximum(sender_mass, receiver_mass), sender_loss, receiver_loss, information


def summary(scores: AtlasScores) -> dict[str, float]:
    """A map in a few numbers, all means over cells and seeds but those over some of them, named so."""
    reached = scores.reached >= 0
    several = scores.flags[:, :, EXISTS].sum(axis=1) > 1
    result = {
        "cells": float(len(scores.reached)),
        "runs": float(scores.reached.size),
        "near an equilibrium": float(reached.mean()),
        "near an equilibrium's outcome": float((scores.outcome_reached >= 0).mean()),
        "counts as Nash": float(scores.nash.mean()),
        "sender's ex-ante loss": float(scores.sender_loss.mean()),
        "receiver's ex-ante loss": float(scores.receiver_loss.mean()),
        "mutual information (bits)": float(scores.mutual_information.mean()),
        "cells with several components": float(several.mean()),
    }
    for name, column in (("D1", D1), ("the intuitive criterion", INTUITIVE)):
        share = scores.refined_share(column)[several]
        if not np.isnan(share).all():
            result[f"reached survives {name}, where several exist"] = float(np.nanmean(share))
    return result
