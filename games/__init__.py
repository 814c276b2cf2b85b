"""Rules only: states, legal actions, chance, payoffs and types, compiled to arrays."""

from olivebranch.core.errors import ParameterError
from olivebranch.games.base import CompiledGame, Game, Outcome, compile_game
from olivebranch.games.rules import Action
from olivebranch.games.talks import TalksGame, TalksParameters, compile_talks

__all__ = [
    "Action",
    "CompiledGame",
    "Game",
    "Outcome",
    "ParameterError",
    "TalksGame",
    "TalksParameters",
    "compile_game",
    "compile_talks",
]
