"""Play one seat of a game against policies; afterwards see what they believed of you, and what you could have earned.

What the others believe of you at a time follows by Bayes' rule from the play that their policies take for yours: in an
equilibrium your own part of it, in a trained run what your seat learned there. Where that play never leads to what has
happened, Bayes' rule is silent. A best response is one to the others' policies, of your type.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from olivebranch.agents.policies.behaviour import behaviour_of
from olivebranch.agents.policies.registry import find_policies
from olivebranch.agents.policies.uniform import UniformPolicy
from olivebranch.core.errors import ParameterError, one_of
from olivebranch.envs.play import Play, invert
from olivebranch.games.registry import NamedGame
from olivebranch.theory.tree.evaluation import InformationSets, best_response, evaluate, information_sets
from olivebranch.theory.tree.histories import GameTree, TreeTooLarge, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile

TYPE_WORDS = {"high": "resilient", "low": "weak"}
ACTION_WORDS = {"FIGHT": "fight on", "ESCALATE": "escalate", "OFFER_TALKS": "offer talks", "DEMONSTRATE": "demonstrate"}


@dataclass(frozen=True)
class Belief:
    """What one player believed of the human being's type before an action of the latter's.

    Attributes:
        who: the player.
        types: names of the human being's types.
        probabilities: of each; None where Bayes' rule is silent.
    """

    who: str
    types: tuple[str, ...]
    probabilities: tuple[float, ...] | None


@dataclass(frozen=True)
class Step:
    """One decision of the human being.

    Attributes:
        situation: in words.
        action: what it did.
        values: what each action was worth on average with the best play afterwards, by name; empty where nobody's play
            leads there.
        beliefs: of the others afterwards, once they saw the action; of those who act next.
    """

    situation: str
    action: str
    values: tuple[tuple[str, float], ...]
    beliefs: tuple[Belief, ...]


@dataclass(frozen=True)
class Debrief:
    """What there is to see afterwards.

    Attributes:
        earned: by the human being in this play.
        best: what a best response of its type earns on average against the same policies.
        following: what the play earns that the others took for its own, on average, of its type.
        steps: its decisions.
    """

    earned: float
    best: float
    following: float
    steps: tuple[Step, ...]


class Table:
    """Policies at a table with one free seat: a game, made ready once for any number of plays.

    Args:
        game: the game.
        seat: the human being's, by name.
        opponent: a policy spec, see :mod:`olivebranch.agents.policies.registry`; for all other seats.

    Raises:
        ParameterError: the seat or the policy does not exist, the policy does not fit, or the game's tree is too large.
    """

    def __init__(self, game: NamedGame, seat: str, opponent: str) -> None:
        players = game.compiled.game.players
        if seat not in players:
            raise ParameterError("as", seat, one_of(players, seat))
        self.game, self.seat, self.opponent = game, players.index(seat), opponent
        try:
            self.tree: GameTree = unroll(game.compiled)
        except TreeTooLarge as error:
            raise ParameterError("game", game.spec, f"a game whose tree fits ({error})") from None
        found = find_policies(opponent, game, "against").one("against")
        line_up = list(found)
        try:
            self.profile = behaviour_of(self.tree, line_up)
        except (ValueError, IndexError, RuntimeError):
            line_up[self.seat] = UniformPolicy()  # a policy for another seat alone: it knows nothing of this one
            try:
                self.profile = behaviour_of(self.tree, line_up)
            except ParameterError:
                raise
            except (ValueError, IndexError, RuntimeError) as error:
                expected = f"a policy for {game.label} ({' '.join(str(error).split())})"
                raise ParameterError("against", opponent, expected) from error

    @cached_property
    def expected(self) -> tuple[InformationSets, ...]:
        """Beliefs where everyone plays as the others think."""
        return information_sets(self.profile)

    @cached_property
    def response(self) -> BehaviourProfile:
        """The same with a best response in the free seat."""
        return best_response(self.profile, self.seat)

    @cached_property
    def against(self) -> tuple[InformationSets, ...]:
        """Action values of the free seat against the others, with the best play afterwards, wherever the others lead,
        whatever the seat itself has done."""
        return information_sets(self.response)

    @cached_property
    def best(self) -> tuple[float, ...]:
        """What a best response earns, by type."""
        return tuple(evaluate(self.profile).best_values_by_type[self.seat].tolist())

    @cached_property
    def following(self) -> tuple[float, ...]:
        """What the play earns that the others expect, by type."""
        return tuple(evaluate(self.profile).values_by_type[self.seat].tolist())


class Session:
    """One play at a table.

    Args:
        table: the game and the others.
        generator: of all draws: types, the others' actions, outcomes.

    Attributes:
        log: what has happened, in words, oldest first.
    """

    def __init__(self, table: Table, generator: np.random.Generator) -> None:
        self.table, self.generator = table, generator
        self.play = Play(table.game.compiled)
        self.play.start(generator)
        self.log: list[str] = []
        self._row = 0
        self._earned = 0.0
        self._decisions: list[tuple[int, int, str, int]] = []  # stage, history, situation, action
        self._continue()

    @property
    def finished(self) -> bool:
        """Whether the play is over."""
        return self.play.finished

    @property
    def type_name(self) -> str:
        """The human being's type, in words."""
        name = self.play.game.game.type_names[self.table.seat][self.play.types[self.table.seat]]
        return TYPE_WORDS.get(name, name)

    @property
    def situation(self) -> str:
        """Where the play stands, in words."""
        return self.play.game.game.describe(self.play.game.states[self.play.state])

    def legal(self) -> list[tuple[int, str]]:
        """The human being's legal actions now, as numbers and names; empty once it is over."""
        names = self.play.game.game.action_names
        return [(action, names[action]) for action in self.play.legal(self.table.seat)] if not self.finished else []

    def act(self, action: int) -> None:
        """Do something; the play goes on to the next decision, or to its end.

        Raises:
            ParameterError: the action is not legal now, or the play is over.
        """
        legal = dict(self.legal())
        if action not in legal:
            raise ParameterError("action", action, f"one of {', '.join(f'{n} ({name})' for n, name in legal.items())}")
        self._decisions.append((len(self.play.edges), self._row, self.situation, action))
        self._step(action)
        self._continue()

    def _continue(self) -> None:
        while not self.finished and not self.play.acts(self.table.seat):
            self._step(self.play.legal(self.table.seat)[0])

    def _step(self, action: int) -> None:
        game, stage = self.play.game, len(self.play.edges)
        rules, joint = game.game, []
        for player in range(game.n_players):
            if player == self.table.seat:
                joint.append(action)
                continue
            row = self.table.profile.of(player, stage)[self._row, self.play.types[player]]
            joint.append(invert(row.tolist(), self.generator.random()))
        acting = [player for player in range(game.n_players) if self.play.acts(player)]
        edge = self.play.draw_edge(joint, self.generator)
        said = ", ".join(f"{rules.players[p]} {_third(rules.action_names[joint[p]])}" for p in acting)
        label = game.edge_labels[edge]
        self._earned += float(self.play.take(edge)[self.table.seat])
        if not self.finished:
            self._row = int(
                self.table.tree.stages[stage].first_child[self._row] + self.table.tree.moves.child_rank[edge]
            )
        self.log.append(f"{said}{': ' if said and label else ''}{label}" or "time passes")

    def debrief(self) -> Debrief:
        """What there is to see afterwards. ValueError before the end."""
        if not self.finished:
            raise ValueError("the play is not over")
        table, own = self.table, self.play.types[self.table.seat]
        column = table.tree.types_of(table.seat).start + own
        names = self.play.game.game.action_names
        steps = []
        for stage, row, situation, action in self._decisions:
            values = table.against[stage].action_values[row, column]
            known = tuple((names[a], float(v)) for a, v in enumerate(values) if not np.isnan(v))
            steps.append(Step(situation, names[action], known, self._beliefs(stage)))
        return Debrief(self._earned, table.best[own], table.following[own], tuple(steps))

    def _beliefs(self, stage: int) -> tuple[Belief, ...]:
        """What the others believed of this seat once they had seen the joint action of ``stage``."""
        table, game = self.table, self.play.game
        found = []
        types = tuple(TYPE_WORDS.get(name, name) for name in game.game.type_names[table.seat])
        later = self._rows()
        for player in range(game.n_players):
            if player == table.seat or len(types) == 1:
                continue
            at = stage + 1
            if at >= len(later):
                continue  # the play was over: nobody had to form a belief any more
            column = table.tree.types_of(player).start + self.play.types[player]
            belief = table.expected[at].beliefs[later[at], column]
            if np.isnan(belief).any():
                found.append(Belief(game.game.players[player], types, None))
                continue
            mine = game.profile_types[:, table.seat]
            shares = tuple(float(belief[mine == t].sum()) for t in range(len(types)))
            found.append(Belief(game.game.players[player], types, shares))
        return tuple(found)

    def _rows(self) -> list[int]:
        """The history of each stage that the play came through."""
        rows, tree = [0], self.table.tree
        for stage, edge in enumerate(self.play.edges[:-1]):
            rows.append(int(tree.stages[stage].first_child[rows[-1]] + tree.moves.child_rank[edge]))
        return rows

    def as_dict(self) -> dict[str, Any]:
        """The state for the page and for ``--json``."""
        players = self.play.game.game.players
        news: dict[str, Any] = {
            "seat": players[self.table.seat],
            "type": self.type_name,
            "situation": self.situation,
            "legal": [list(pair) for pair in self.legal()],
            "log": self.log,
            "finished": self.finished,
        }
        if self.finished:
            told = self.debrief()
            news |= {"earned": told.earned, "best": told.best, "following": told.following}
            news["steps"] = [
                {
                    "when": step.situation,
                    "action": step.action,
                    "values": [list(pair) for pair in step.values] or None,
                    "believed": [
                        {
                            "who": one.who,
                            "belief": None
                            if one.probabilities is None
                            else [list(pair) for pair in zip(one.types, one.probabilities, strict=True)],
                        }
                        for one in step.beliefs
                    ],
                }
                for step in told.steps
            ]
        return news


def _third(action: str) -> str:
    """An action in the third person: ``"OFFER_TALKS"`` is ``"offers talks"``."""
    if action not in ACTION_WORDS:
        return f"plays {action}"
    verb, _, rest = ACTION_WORDS[action].partition(" ")
    return f"{verb}s {rest}".strip()


def opponents_of(game: NamedGame) -> list[str]:
    """Specs of the equilibria that are known of a game, and of uniform play."""
    from olivebranch.theory.equilibria.reference import reference_of

    names: Sequence[str] = reference_of(replace(game)).names
    return [*(f"equilibrium:{name}" for name in names), "uniform"]
