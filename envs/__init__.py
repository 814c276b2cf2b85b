"""What a learner plays in: all seats (PettingZoo) or one (Gymnasium). Importing it registers their ids."""

import gymnasium
import pettingzoo

from olivebranch.envs import game_v0, talks_v0, war_v0
from olivebranch.envs.multi import GameAECEnv, GameParallelEnv, wrapped
from olivebranch.envs.play import legal_behaviour
from olivebranch.envs.seat import SeatEnv, UniformPolicy
from olivebranch.games.information import InformationStates, ObservationEncoder, Policy

for _id, _module in (
    ("olivebranch/Game-v0", "game_v0"),
    ("olivebranch/Talks-v0", "talks_v0"),
    ("olivebranch/War-v0", "war_v0"),
):
    _path = f"olivebranch.envs.{_module}"
    if hasattr(pettingzoo, "register"):  # PettingZoo 1.27 and newer
        pettingzoo.register("aec", f"olivebranch/{_module}", f"{_path}:env")
        pettingzoo.register("parallel", f"olivebranch/{_module}", f"{_path}:parallel_env")
    gymnasium.register(_id, f"{_path}:seat_env", vector_entry_point=f"{_path}:seat_vector_env")

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
