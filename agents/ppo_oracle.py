"""A best response trained with Stable-Baselines3's maskable PPO, where an exact one is not wanted or not at hand."""

from sb3_contrib import MaskablePPO

from olivebranch.agents.sb3_environment import SB3Environment
from olivebranch.agents.sb3_policy import SB3Policy
from olivebranch.agents.sb3_randomness import GlobalRandomness
from olivebranch.envs.seat import Opponents
from olivebranch.envs.vector import SeatVectorEnv
from olivebranch.games.base import CompiledGame


def train_response(
    game: CompiledGame,
    opponents: Opponents,
    seat: int,
    seed: int,
    *,
    timesteps: int = 100_000,
    hidden: tuple[int, ...] = (64, 64),
    environments: int = 32,
) -> SB3Policy:
    """Train one seat against fixed policies of the others.

    Args:
        game: the game.
        opponents: a policy for all other seats, or one for each by name.
        seat: who responds.
        seed: of the environments, the network and its updates.
        timesteps: decisions to learn from.
        hidden: widths of the network's hidden layers.
        environments: plays side by side.
    """
    randomness = GlobalRandomness(seed)
    with randomness.in_use():
        plays = SB3Environment(SeatVectorEnv(game, seat, opponents, environments), seed)
        model = MaskablePPO(
            "MultiInputPolicy",
            plays,
            n_steps=max(2048 // environments, 1),
            batch_size=256,
            gamma=1.0,  # returns are discounted to the outset already
            policy_kwargs={"net_arch": list(hidden)},
            seed=seed,
            device="cpu",
        )
        model.learn(timesteps)
    return SB3Policy("maskable-ppo", model.policy, hidden)
