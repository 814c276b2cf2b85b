"""What a learner plays in: all seats (PettingZoo) or one (Gymnasium). Importing it registers the Gymnasium ids."""

import gymnasium

from olivebranch.envs import game_v0, talks_v0, war_v0
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, wrapped
from olivebranch.envs.play import legal_behaviour
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.games.information import InformationStates, ObservationEncoder, Policy

gymnasium.register(id="olivebranch/Game-v0", entry_point="olivebranch.envs.game_v0:seat_env")
gymnasium.register(id="olivebranch/Talks-v0", entry_point="olivebranch.envs.talks_v0:seat_env")
gymnasium.register(id="olivebranch/War-v0", entry_point="olivebranch.envs.war_v0:seat_env")

__all__ = [
    "GameAECEnv",
    "GameParallelEnv",
    "InformationStates",
    "ObservationEncoder",
    "Policy",
    "SeatEnv",
    "UniformPolicy",
    "game_v0",
    "legal_behaviour",
    "talks_v0",
    "war_v0",
    "wrapped",
]
