"""What is measured while training runs: exactly, from the policies' probabilities."""

from collections.abc import Mapping

from olivebranch.agents.policies.behaviour import LearnedPlay, behaviour_of
from olivebranch.games.base import CompiledGame
from olivebranch.theory.tree.evaluation import evaluate
from olivebranch.theory.tree.histories import estimate, unroll
from olivebranch.theory.tree.profiles import BehaviourProfile

FEW_INFORMATION_SETS = 64


class Meter:
    """Measures profiles of policies in one game."""

    def __init__(self, game: CompiledGame) -> None:
        self.game = game
        self.tree = unroll(game)
        self._list_behaviour = estimate(game).information_sets <= FEW_INFORMATION_SETS

    def measure(self, played: Mapping[str, LearnedPlay]) -> dict[str, float]:
        """Metrics of each named play, under ``NAME/metric``.

        ``nash_conv``; for each player ``payoff/PLAYER`` and ``gain/PLAYER`` (what a best response would add); and in
        games with few information sets the probability of every legal action at each,
        ``probability/PLAYER/TYPE/STATE/ACTION``.
        """
        result: dict[str, float] = {}
        for name, play in played.items():
            profile = behaviour_of(self.tree, play)
            evaluation = evaluate(profile)
            result[f"{name}/nash_conv"] = evaluation.nash_conv
            for player, payoff, gain in zip(self.game.game.players, evaluation.values, evaluation.gains, strict=True):
                result[f"{name}/payoff/{player}"] = float(payoff)
                result[f"{name}/gain/{player}"] = float(gain)
            if self._list_behaviour:
                behaviour = self._behaviour(profile)
                result.update({f"{name}/probability/{where}": value for where, value in behaviour.items()})
        return result

    def _behaviour(self, profile: BehaviourProfile) -> dict[str, float]:
        game, rules = self.game, self.game.game
        result = {}
        for number, stage in enumerate(self.tree.stages):
            for history, state in enumerate(stage.state):
                for seat in (seat for seat in range(game.n_players) if game.acts[state, seat]):
                    for own_type, row in enumerate(profile.of(seat, number)[history]):
                        where = f"{rules.players[seat]}/{rules.type_names[seat][own_type]}/{game.states[state]}"
                        for action in game.legal[state, seat].nonzero()[0]:
                            result[f"{where}/{rules.action_names[action]}"] = float(row[action])
        return result
