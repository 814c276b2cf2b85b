"""A game of one's own, as a class of rules: raiders and a village.

olivebranch equilibria --game examples/raid.py:Raid --parameter seasons=3
olivebranch train examples/raid.yaml
"""

import numpy as np

from olivebranch.games import Game, Outcome

WAIT, RAID, FORTIFY = 0, 1, 2
WEAK, STRONG = 0, 1


class Raid(Game):
    """Each spring the raiders raid or wait, and the village fortifies or waits, at the same time.

    Only the raiders know whether they are strong. A raid ends the game, and so may a storm after a quiet spring.
    """

    name = "raid"
    players = ("raiders", "village")
    action_names = ("wait", "raid", "fortify")
    type_names = (("weak", "strong"), ("only",))

    def __init__(self, strong: float = 0.5, storm: float = 0.2, seasons: int = 2) -> None:
        self.prior = np.array([[1 - strong], [strong]])  # by the raiders' type, then by the village's only type
        self.storm, self.seasons = storm, seasons

    def initial_state(self):
        return 1  # the number of the spring

    def legal_actions(self, state):
        return () if state == "over" else ((WAIT, RAID), (WAIT, FORTIFY))

    def outcomes(self, state, joint):
        raiders, village = joint
        walls = 0.5 if village == FORTIFY else 0.0  # what fortifying costs the village each spring
        if raiders == RAID:
            loot = np.array([1.0, 3.0]) - (2.0 if village == FORTIFY else 0.0)  # by the raiders' type
            rewards = np.array([loot, -loot - walls])[:, :, None]  # by player, then by each player's type
            return [Outcome("raid", "over", 1.0, rewards)]
        rewards = np.array([0.0, -walls]).reshape(2, 1, 1)
        after = state + 1 if state < self.seasons else "over"
        return [Outcome("storm", "over", self.storm, rewards), Outcome("calm", after, 1 - self.storm, rewards)]
