"""What is measured while training runs: exactly, from the policies' probabilities."""

from collections.abc import Mapping

from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile
from olivebranch.train.measurement import Choice, PolicyMetrics

FEW_INFORMATION_SETS = 64


class Meter:
    """Measures what is played in one game."""

    def __init__(self, game: CompiledGame) -> None:
        self.game = game
        self.tree = unroll(game)
        self._list_behaviour = estimate(game).information_sets <= FEW_INFORMATION_SETS

    def measure(self, played: Mapping[str, LearnedPlay]) -> dict[str, PolicyMetrics]:
        """The metrics of each, by the same names; probabilities only in games with few information sets."""
        return {name: self._measure(behaviour_of(self.tree, play)) for name, play in played.items()}

    def _measure(self, profile: BehaviourProfile) -> PolicyMetrics:
        evaluation, players = evaluate(profile), self.game.game.players
        return PolicyMetrics(
            nash_conv=evaluation.nash_conv,
            payoffs=dict(zip(players, evaluation.values.tolist(), strict=True)),
            gains=dict(zip(players, evaluation.gains.tolist(), strict=True)),
            probabilities=self._probabilities(profile) if self._list_behaviour else {},
        )

    def _probabilities(self, profile: BehaviourProfile) -> dict[Choice, float]:
        """Of each choice; where several histories lead to one public state, of the last of them."""
        game, rules = self.game, self.game.game
        result = {}
        for number, stage in enumerate(self.tree.stages):
            for history, state in enumerate(stage.state):
                for seat in (seat for seat in range(game.n_players) if game.acts[state, seat]):
                    for own_type, row in enumerate(profile.of(seat, number)[history]):
                        for action in game.legal[state, seat].nonzero()[0]:
                            names = rules.players[seat], rules.type_names[seat][own_type], str(game.states[state])
                            result[Choice(*names, rules.action_names[action])] = float(row[action])
        return result
