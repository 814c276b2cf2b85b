"""What a model's play in one frame of one game comes to: every number with an interval from the samples behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from olivebranch.agents.language_model.elicitation import Elicited, history_text, rows
from olivebranch.agents.language_model.playing import ModelPlay
from olivebranch.eval.comparison import Comparison, MessageBelief
from olivebranch.eval.details import details_of
from olivebranch.eval.explain.explanation import Explanation, explain_play
from olivebranch.eval.explain.played import Played
from olivebranch.eval.intervals import Estimate
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray
from olivebranch.games.rules import Action
from olivebranch.theory.equilibria.reference import NO_COMPONENT, Nearest, Reference, reference_of
from olivebranch.theory.sampling.counts import PlayCounts
from olivebranch.theory.sampling.exact import clopper_pearson
from olivebranch.theory.sampling.nash_conv import nash_conv_interval
from olivebranch.theory.talks.behaviour import TalksBehaviour
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.events import event_probability
from olivebranch.theory.tree.profiles import BehaviourProfile

DRAWS = 400  # profiles behind the intervals of distances and events
PRIOR = 0.5  # weight of each action in them: Jeffreys' prior


@dataclass(frozen=True)
class MoveShare:
    """How often one action was chosen in one situation.

    Attributes:
        player, type, history, action: which, in the names of the rules.
        taken, asked: how many answers chose it, of those that were moves.
        share: with Clopper and Pearson's interval.
    """

    player: str
    type: str
    history: str
    action: str
    taken: int
    asked: int
    share: Estimate


@dataclass(frozen=True)
class PlayScore:
    """One model, one frame, one game.

    Attributes:
        play: what was scored.
        reference: the game's known equilibria.
        nash_conv: with the calibrated interval; the interval is the point where play was read off label probabilities.
        guaranteed: an interval of NashConv that holds whatever the play; None where it cannot be worked out.
        gains: of each player from a best response.
        nearest: the known equilibrium nearest to play.
        distances: to each component, on the path and off it (None where that is not defined).
        reached: how often each component is reached by profiles drawn around the samples.
        escalations: expected number of escalations in a play, and the same of each known equilibrium.
        talks: probability that talks open, likewise; empty for games without such an event.
        moves: every share of every situation that was asked about.
        behaviour: of the talks game the four probabilities; None for others.
        replies: of the talks game what the receiver should believe after each message by Bayes' rule from the model's
            own play, and what its replies say that it believes; empty for others.
        explanation: why this is no equilibrium, or why this one, as far as play alone can tell.
    """

    play: ModelPlay
    reference: Reference
    nash_conv: Estimate
    guaranteed: tuple[float, float] | None
    gains: dict[str, float]
    nearest: Nearest
    distances: dict[str, tuple[Estimate, Estimate | None]]
    reached: dict[str, float]
    escalations: dict[str, Estimate]
    talks: dict[str, Estimate]
    moves: tuple[MoveShare, ...]
    behaviour: TalksBehaviour | None
    replies: tuple[MessageBelief, ...]
    explanation: Explanation

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every estimate as ``[value, low, high]``."""
        play, settings = self.play, self.play.settings
        return {
            "model": settings.model.name,
            "served_as": settings.model.model,
            "frame": settings.frame.name,
            "game": play.game.label,
            "method": settings.ask.method if play.sampled else "label-probabilities",
            "nash_conv": self.nash_conv.as_list(),
            "nash_conv_guaranteed": list(self.guaranteed) if self.guaranteed else None,
            "gains": self.gains,
            "nearest": self.nearest.component,
            "distances": {
                name: {"on_path": on.as_list(), "off_path": off.as_list() if off is not None else None}
                for name, (on, off) in self.distances.items()
            },
            "reached": self.reached,
            "escalations": {name: value.as_list() for name, value in self.escalations.items()},
            "talks": {name: value.as_list() for name, value in self.talks.items()},
            "moves": [{**vars(move), "share": move.share.as_list()} for move in self.moves],
            "answers": play.elicited.answers,
            "stopped": play.elicited.stopped,
            "labels": None
            if play.labels is None
            else {"refused": play.labels.refused, "checked": len(play.labels.checked), "least_p": play.labels.least_p},
            "beliefs": [belief.as_dict() for belief in play.beliefs],
            "beliefs_behind_replies": [vars(each).copy() for each in self.replies],
            "repeated": [
                {"round": number, "nash_conv": estimate.as_list(), "answers": each.answers}
                for number, (each, estimate) in enumerate(zip(play.repeated, repeated_scores(play), strict=True), 1)
            ],
            "explanation": self.explanation.as_dict(),
            "spent": play.spent.as_dict(),
        }


MODEL = "model"


def score(play: ModelPlay) -> PlayScore:
    """Hold the play of a model against theory. The same play gives the same numbers."""
    reference = reference_of(play.game)
    generator = np.random.default_rng(play.settings.ask.seed)
    confidence = play.settings.ask.confidence
    evaluation = evaluate(play.profile)
    guaranteed = None
    if play.sampled:
        interval = nash_conv_interval(play.elicited.play, generator, confidence)
        nash_conv = Estimate(interval.value, interval.low, interval.high)
        guaranteed = interval.guaranteed
        drawn = drawn_profiles(play.elicited.play, generator)
    else:
        nash_conv = Estimate(evaluation.nash_conv, evaluation.nash_conv, evaluation.nash_conv)
        drawn = [play.profile]
    tail = (1 - confidence) / 2

    def estimate(of: Callable[[BehaviourProfile], float]) -> Estimate:
        values = [of(profile) for profile in drawn]
        return around(of(play.profile), np.array(values), tail)

    measured = [{c.name: c.distances(profile) for c in reference.components} for profile in (play.profile, *drawn)]
    distances: dict[str, tuple[Estimate, Estimate | None]] = {}
    for component in reference.components:
        found = [each[component.name] for each in measured]
        on_path = around(found[0].on_path, np.array([d.on_path for d in found[1:]]), tail)
        off = [d.off_path for d in found]
        known = [value for value in off if value is not None]
        off_path = around(known[0], np.array(known[1:]), tail) if len(known) == len(off) else None
        distances[component.name] = on_path, off_path
    nearest = [reference.nearest(profile).name_if_reached for profile in drawn]
    details = details_of(play.game)
    detail = details.of(play.profile) if details is not None else None
    talks = detail if isinstance(detail, Comparison) else None
    return PlayScore(
        play=play,
        reference=reference,
        nash_conv=nash_conv,
        guaranteed=guaranteed,
        gains=dict(zip(play.tree.game.game.players, evaluation.gains.tolist(), strict=True)),
        nearest=reference.nearest(play.profile),
        distances=distances,
        reached={name: nearest.count(name) / len(nearest) for name in (*reference.names, NO_COMPONENT)},
        escalations=_beside(play.game.compiled, escalating(play.game.compiled), reference, estimate),
        talks=_beside(play.game.compiled, opening(play.game.compiled), reference, estimate),
        moves=move_shares(play.elicited, confidence),
        behaviour=talks.behaviour if talks is not None else None,
        replies=talks.beliefs if talks is not None else (),
        explanation=explain_play(
            Played(play.game, play.tree, play.profile, reference), play.settings.model.name, "language-model"
        ),
    )


def around(value: float, drawn: FloatArray, tail: float) -> Estimate:
    """An estimate with the quantiles of draws as its interval, which always holds the value."""
    if not isfinite(value) or not len(drawn):
        return Estimate(value, value, value)
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return Estimate(value, min(float(low), value), max(float(high), value))


def drawn_profiles(play: PlayCounts, generator: np.random.Generator, draws: int = DRAWS) -> list[BehaviourProfile]:
    """Profiles that could be behind the samples: drawn from Dirichlet distributions with Jeffreys' prior."""
    most = max(1, 4_000_000 // max(table.size for table in play.stages))
    tables = play.draw(play.weights([PRIOR] * play.tree.n_stages), generator, min(draws, max(most, 20)))
    return [BehaviourProfile(play.tree, tuple(stage[k] for stage in tables)) for k in range(len(tables[0]))]


def escalating(game: CompiledGame) -> BoolArray:
    """The edges on which somebody who has a choice escalates; none in games without that action."""
    names = game.game.action_names
    if Action.ESCALATE.name not in names:
        return np.zeros(game.n_edges, dtype=np.bool_)
    actions = game.joint_actions(game.edge_joint)
    chosen: BoolArray = ((actions == names.index(Action.ESCALATE.name)) & game.acts[game.edge_source]).any(axis=1)
    return chosen


def opening(game: CompiledGame) -> BoolArray:
    """The edges with which talks open: both offer, or an offer is taken up."""
    names = game.game.action_names
    if Action.OFFER_TALKS.name not in names:
        return np.zeros(game.n_edges, dtype=np.bool_)
    if any(label == "talks open" for label in game.edge_labels):
        return np.array([label == "talks open" for label in game.edge_labels])
    actions = game.joint_actions(game.edge_joint)
    offers = (actions == names.index(Action.OFFER_TALKS.name)) & game.acts[game.edge_source]
    result: BoolArray = offers.any(axis=1) & game.terminal[game.edge_next]
    return result


def _beside(
    game: CompiledGame,
    edges: BoolArray,
    reference: Reference,
    estimate: Callable[[Callable[[BehaviourProfile], float]], Estimate],
) -> dict[str, Estimate]:
    if not edges.any():
        return {}

    def rate(profile: BehaviourProfile) -> float:
        return event_probability(profile, edges).total

    found = {MODEL: estimate(rate)}
    for component in reference.components:
        value = rate(component.profile())
        found[component.name] = Estimate(value, value, value)
    return found


def move_shares(elicited: Elicited, confidence: float) -> tuple[MoveShare, ...]:
    """The share of every action in every situation that was asked about, with exact intervals."""
    tree, rules = elicited.play.tree, elicited.play.tree.game.game
    counts = elicited.play.at(elicited.situations)
    low, high = clopper_pearson(counts, counts.sum(axis=1, keepdims=True), confidence)
    found = []
    for number, (stage, history, column) in enumerate(rows(elicited.situations)):
        asked = int(counts[number].sum())
        if not asked:
            continue
        seat = int(tree.moves.owner[column])
        own = rules.type_names[seat][column - int(tree.type_offset[seat])]
        for action in np.flatnonzero(tree.moves.legal[tree.stages[stage].state[history], column]):
            taken = int(counts[number, action])
            share = Estimate(taken / asked, float(low[number, action]), float(high[number, action]))
            where = history_text(tree, stage, history)
            found.append(MoveShare(rules.players[seat], own, where, rules.action_names[action], taken, asked, share))
    return tuple(found)


def repeated_scores(play: ModelPlay) -> list[Estimate]:
    """NashConv of each round of repeated play, over repetitions; situations that were never met count as unknown."""
    generator = np.random.default_rng([play.settings.ask.seed, 1])
    found = []
    for each in play.repeated:
        interval = nash_conv_interval(each.play, generator, play.settings.ask.confidence)
        found.append(Estimate(interval.value, interval.low, interval.high))
    return found
