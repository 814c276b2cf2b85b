"""What a learner plays in: one seat (Gymnasium), all seats (PettingZoo). Importing it registers the Gymnasium ids."""

import gymnasium

gymnasium.register(id="olivebranch/Talks-v0", entry_point="olivebranch.envs.talks_v0:seat_env")
