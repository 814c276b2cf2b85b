"""A plain Python function of what a player knows is a policy.

>>> from olivebranch.games.information import InformationState
>>> from olivebranch.games.registry import load_preset
>>> def escalate_after_an_offer(known: InformationState) -> str:
...     offered = known.history[-1].actions["sender"] == "OFFER_TALKS"
...     return "ESCALATE" if offered else "FIGHT"
>>> policy = FunctionPolicy(escalate_after_an_offer, load_preset("costly-escalation").compile())
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from olivebranch.core.errors import ParameterError
from olivebranch.core.plugins import fault
from olivebranch.games.base import CompiledGame, FloatArray, IntArray
from olivebranch.games.information import InformationState, InformationStates, PastStage, PolicyFunction

TOLERANCE = 1e-6


class FunctionPolicy:
    """Plays as a function says, in any seat.

    The function gets an :class:`InformationState` and returns one of:

    - a mapping from names of actions to probabilities; actions that it leaves out have probability zero,
    - a sequence of probabilities, one for each action of the game's enumeration,
    - the name of one action, which then has probability one.

    It is asked once about each information state and its answer is kept, so it must not depend on anything else.

    Args:
        function: of the information state.
        game: the compiled rules that it plays.
        name: by which errors call it; by default the function's own name.
    """

    def __init__(self, function: PolicyFunction, game: CompiledGame, name: str | None = None) -> None:
        self.function, self.game = function, game
        self.name = name or str(getattr(function, "__name__", repr(function)))
        self._known: dict[tuple[int, ...], FloatArray] = {}

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`.

        Raises:
            ParameterError: the function raises, or what it returns is no distribution over the legal actions; the
                error names the player, the state and what was returned.
            ValueError: ``states`` do not say how play came there, or are of another game.
        """
        if states.recent_edges is None:
            raise ValueError("information states without recent_edges: expected those of an ObservationEncoder")
        if states.action_mask.shape[1] != self.game.n_actions:
            raise ValueError(f"information states of another game than {self.game.game.name!r}")
        own_type, public_state = np.asarray(states.own_type), np.asarray(states.public_state)
        rows = np.column_stack([own_type, public_state, states.recent_edges]).tolist()
        result = np.empty((len(rows), self.game.n_actions))
        for number, row in enumerate(rows):
            key = (states.seat, *row)
            if key not in self._known:
                self._known[key] = self._ask(states, number)
            result[number] = self._known[key]
        return result

    def _ask(self, states: InformationStates, number: int) -> FloatArray:
        known = information_state(self.game, states, number)
        try:
            answer = self.function(known)
        except Exception as error:
            raise ParameterError("policy", self.name, f"an answer {_where(known)}; {fault(error)}") from error
        row = self._row(answer)
        legal = self.game.legal[int(np.asarray(states.public_state)[number]), states.seat]
        if row is None or row[~legal].any():
            raise self._wrong(known, answer)
        return row

    def _row(self, answer: object) -> FloatArray | None:
        """The distribution over the enumeration that ``answer`` stands for, ``[n_actions]``, if it is one."""
        names = self.game.game.action_names
        weights: Any = {answer: 1.0} if isinstance(answer, str) else answer
        if isinstance(weights, Mapping):
            if not set(weights) <= set(names):
                return None
            weights = [weights.get(name, 0.0) for name in names]
        try:
            row = np.asarray(weights, dtype=np.float64)
        except (TypeError, ValueError):
            return None
        if row.shape != (len(names),) or not (row >= 0).all() or abs(row.sum() - 1.0) > TOLERANCE:
            return None
        result: FloatArray = row / row.sum()
        return result

    def _wrong(self, known: InformationState, answer: object) -> ParameterError:
        expected = (
            f"{_where(known)} a legal action ({', '.join(known.legal_actions)}), or probabilities >= 0 that sum to one "
            f"over legal actions: a mapping by name, or a sequence of {self.game.n_actions}"
        )
        return ParameterError(self.name, answer, expected)


def information_state(game: CompiledGame, states: InformationStates, number: int) -> InformationState:
    """Entry ``number`` of ``states``, which are of ``game``, in names. Raises ValueError if they cannot be."""
    rules, seat = game.game, states.seat
    state, own_type = int(np.asarray(states.public_state)[number]), int(np.asarray(states.own_type)[number])
    assert states.recent_edges is not None
    edges: IntArray = states.recent_edges[number]
    played = edges[edges >= 0][::-1]
    if len(played) and (played[-1] >= game.n_edges or game.edge_next[played[-1]] != state):
        raise ValueError(f"information states of another game than {rules.name!r}")
    return InformationState(
        player=rules.players[seat],
        own_type=rules.type_names[seat][own_type],
        state=game.states[state],
        legal_actions=tuple(rules.action_names[action] for action in np.flatnonzero(game.legal[state, seat])),
        history=tuple(_past_stage(game, int(edge)) for edge in played),
        observation=states.observation[number],
    )


def _past_stage(game: CompiledGame, edge: int) -> PastStage:
    rules, actions = game.game, game.joint_actions(game.edge_joint[edge])
    chose = game.acts[game.edge_source[edge]]
    names = {
        player: rules.action_names[action]
        for player, action, had_choice in zip(rules.players, actions.tolist(), chose.tolist(), strict=True)
        if had_choice
    }
    return PastStage(names, game.edge_labels[edge])


def _where(known: InformationState) -> str:
    return f"for {known.player} of type {known.own_type!r} in state {known.state!r}"
