"""Recurrent PPO's behaviour without a running memory: the seat's own past decisions are run through the LSTM again.

RecurrentPPO (sb3-contrib; Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9, 1997) carries
the state of its LSTM from one own decision of a play to the next, from zero at the start of the play. That state is a
function of what the seat saw at its own decisions so far, and an observation with perfect recall tells what that was:
from the stages that it lists, the rules give back the public states passed through, and with them every earlier
observation. So probabilities at a single information state are well defined, as evaluation needs them.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import torch
from sb3_contrib.common.recurrent.policies import RecurrentMultiInputActorCriticPolicy

from olivebranch.agents.sb3.parts.policy import SB3Policy, rebuilt_network, softmax
from olivebranch.envs.play import legal_behaviour
from olivebranch.games.base import BoolArray, CompiledGame, FloatArray, IntArray
from olivebranch.games.information import Float32Array, InformationStates, ObservationEncoder


@dataclass(frozen=True)
class PastReader:
    """Takes an observation with perfect recall apart, by the rules of the game.

    Attributes:
        window: how many stages back the network sees at each of its decisions.
        type_width: see :class:`ObservationEncoder`, as for the next.
        outcome_width: 0 where every joint action has a single outcome.
        features: of each public state, float32 ``[n_states, n_features]``.
        legal: int8 ``[n_states, n_players, n_actions]``.
        edge_keys: (state, joint action, outcome) as one number, ascending, ``[n_edges]``.
        edge_next: the state that each leads to, ``[n_edges]``.
    """

    window: int
    type_width: int
    outcome_width: int
    features: Float32Array
    legal: Any
    edge_keys: IntArray
    edge_next: IntArray

    @classmethod
    def of(cls, game: CompiledGame, window: int) -> "PastReader":
        """The reader for ``game``."""
        encoder = ObservationEncoder(game)
        joints = game.n_actions**game.n_players
        keys = (game.edge_source * joints + game.edge_joint) * max(encoder.outcome_width, 1) + game.edge_outcome
        order = np.argsort(keys)
        return cls(
            min(window, encoder.window),
            encoder.type_width,
            encoder.outcome_width,
            game.features.astype(np.float32),
            game.legal.astype(np.int8),
            keys[order].astype(np.int64),
            game.edge_next[order].astype(np.int64),
        )

    @property
    def width(self) -> int:
        """Length of what the network sees: the first so many entries of an observation with perfect recall."""
        return self.type_width + int(self.features.shape[1]) + self.window * self._stage_width

    @property
    def _stage_width(self) -> int:
        n_players, n_actions = self.legal.shape[1:]
        return int(n_players * n_actions) + self.outcome_width

    def decisions(self, states: InformationStates) -> list[tuple[IntArray, Float32Array, BoolArray, BoolArray]]:
        """The seat's decisions in the order of play, the present one last.

        Returns:
            for each stage: rows of the batch that decided then; what they saw, ``[rows, width]``; which actions were
            legal, ``[rows, n_actions]``; for which rows it is the present decision.

        Raises:
            ValueError: the observations have not the width of those with perfect recall, or tell of no possible play.
        """
        head, size = self.type_width + self.features.shape[1], len(states.observation)
        if (states.observation.shape[1] - head) % self._stage_width:
            raise ValueError(f"observations of width {states.observation.shape[1]}: expected those of perfect recall")
        stages = states.observation[:, head:].reshape(size, -1, self._stage_width)
        played = stages.any(axis=2).sum(axis=1)
        # beyond the first stage lies nothing
        padded = np.concatenate([stages, np.zeros((size, self.window, self._stage_width), np.float32)], axis=1)
        legal = self.legal > 0
        public, found = np.zeros(size, dtype=np.int64), []
        for stage in range(int(played.max(initial=0)) + 1):
            now = played == stage
            chose = legal[public, states.seat].sum(axis=1) > 1
            rows = np.flatnonzero(now | ((played > stage) & chose))
            own = states.observation[rows, : self.type_width]
            back = (played[rows] - stage)[:, None] + np.arange(self.window)
            recent = padded[rows[:, None], back].reshape(len(rows), self.window * self._stage_width)
            seen = np.concatenate([own, self.features[public[rows]], recent], axis=1)
            found.append((rows, seen, legal[public[rows], states.seat], now[rows]))
            on = np.flatnonzero(played > stage)
            public[on] = self._next(public[on], stages[on, played[on] - 1 - stage])
        return found

    def _next(self, public: IntArray, stage: Float32Array) -> IntArray:
        """The states that follow ``public`` after the stages ``stage``, ``[rows, stage width]``."""
        n_players, n_actions = self.legal.shape[1:]
        actions = stage[:, : n_players * n_actions].reshape(-1, n_players, n_actions).argmax(axis=2)
        key = public * n_actions**n_players + actions @ (n_actions ** np.arange(n_players - 1, -1, -1))
        if self.outcome_width:
            key = key * self.outcome_width + stage[:, n_players * n_actions :].argmax(axis=1)
        edge = np.minimum(np.searchsorted(self.edge_keys, key), len(self.edge_keys) - 1)
        if (self.edge_keys[edge] != key).any():
            raise ValueError("observations: expected those of a possible play, with perfect recall")
        result: IntArray = self.edge_next[edge]
        return result


class SB3RecurrentPolicy(SB3Policy):
    """The behaviour of RecurrentPPO at single information states; see the module.

    Args:
        network: the model's ``policy``.
        hidden: widths of the hidden layers after the LSTM.
        lstm: its width.
        past: how the seat's past is found.
    """

    kind: ClassVar[str] = "sb3-recurrent"
    algorithm = "recurrent-ppo"
    network_class = RecurrentMultiInputActorCriticPolicy

    def __init__(self, network: Any, hidden: tuple[int, ...], lstm: int, past: PastReader) -> None:
        super().__init__(network, hidden)
        self.lstm, self.past = lstm, past

    def action_probabilities(self, states: InformationStates) -> FloatArray:
        """See :class:`Policy`. Raises ValueError for observations without perfect recall."""
        memory = [torch.zeros(1, len(states.observation), self.lstm) for _ in range(2)]
        chosen = np.zeros(states.action_mask.shape)
        for rows, seen, legal, present in self.past.decisions(states):
            if not len(rows):
                continue
            inputs = {"observation": torch.from_numpy(seen), "action_mask": torch.from_numpy(legal.astype(np.int8))}
            with torch.no_grad():
                distribution, after = self.network.get_distribution(
                    inputs, (memory[0][:, rows], memory[1][:, rows]), torch.zeros(len(rows))
                )
            for whole, part in zip(memory, after, strict=True):
                whole[:, rows] = part
            chosen[rows[present]] = softmax(distribution)[present]
        return legal_behaviour(chosen, states.action_mask)

    def description(self) -> dict[str, Any]:
        """What a file says about it, beside :meth:`tensors`."""
        past = self.past
        numbers = {"window": past.window, "type_width": past.type_width, "outcome_width": past.outcome_width}
        return {"hidden": list(self.hidden), "lstm": self.lstm} | numbers

    def tensors(self) -> dict[str, Any]:
        """Its weights, by name, and the tables by which it reads the past."""
        tables = {f"past.{name}": getattr(self.past, name) for name in _TABLES}
        return super().tensors() | tables

    @classmethod
    def rebuild(cls, description: dict[str, Any], tensors: dict[str, Any]) -> "SB3RecurrentPolicy":
        """The inverse of :meth:`description` and :meth:`tensors`."""
        return cls._rebuilt(description, tensors)

    @classmethod
    def _rebuilt(cls, description: dict[str, Any], tensors: dict[str, Any]) -> Self:
        numbers: dict[str, Any] = {name: int(description[name]) for name in ("window", "type_width", "outcome_width")}
        tables: dict[str, Any] = {name: np.array(tensors[f"past.{name}"]) for name in _TABLES}
        past = PastReader(**numbers, **tables)
        hidden, lstm = tuple(int(width) for width in description["hidden"]), int(description["lstm"])
        options = {"net_arch": list(hidden), "lstm_hidden_size": lstm}
        weights = {name: value for name, value in tensors.items() if not name.startswith("past.")}
        network = rebuilt_network(cls.network_class, past.width, int(past.legal.shape[2]), options, weights)
        return cls(network, hidden, lstm, past)


_TABLES = ("features", "legal", "edge_keys", "edge_next")
