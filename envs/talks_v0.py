"""The talks game as environments."""

from collections.abc import Mapping, Sequence
from typing import Any

from olivebranch.envs.seat import Opponents, SeatEnv, UniformPolicy
from olivebranch.games.base import CompiledGame
from olivebranch.games.talks import TalksParameters, compile_talks


def compiled(preset: str | None, parameters: TalksParameters | Mapping[str, Any] | None) -> CompiledGame:
    """The compiled game of a preset or of parameters given outright."""
    if parameters is None:
        parameters = TalksParameters(
            prior_high=0.5,
            loss_high=0.2,
            loss_low=0.6,
            escalation_cost=0.7,
            sender_dividend=0.2,
            receiver_dividend=0.2,
            pressure=0.3,
        )
    if not isinstance(parameters, TalksParameters):
        parameters = TalksParameters.from_mapping(parameters)
    return compile_talks(parameters)


def seat_env(
    preset: str | None = None,
    parameters: TalksParameters | Mapping[str, Any] | None = None,
    seat: str | int = "receiver",
    opponent: Opponents | Sequence[Opponents] | str = "random",
    render_mode: str | None = None,
) -> SeatEnv:
    """One seat of the talks game; what ``gymnasium.make("olivebranch/Talks-v0", ..)`` builds.

    ``opponent`` is whatever :class:`SeatEnv` takes, or ``"random"`` for uniform play. Any other string raises ValueError.
    """
    if isinstance(opponent, str):
        if opponent != "random":
            raise ValueError(f"opponent = {opponent!r}: expected a Policy, or the name 'random'")
        opponent = UniformPolicy()
    return SeatEnv(compiled(preset, parameters), seat, opponent, render_mode=render_mode)
