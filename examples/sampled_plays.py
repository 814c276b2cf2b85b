"""What plays show: a preset of the talks game, played many times in equilibrium, beside its exact probabilities.

It prints each course that a play can take with its exact probability, its frequency in the sampled plays, and how far
the two are apart in standard errors; then the mean payoffs beside their exact values. A hundred million plays take less
than a second.

Run: ``python examples/sampled_plays.py [preset] [--plays 100000000] [--seed 0]``.
"""

import argparse
import sys
from collections.abc import Sequence

import numpy as np

from olivebranch.envs.rollouts import roll_out
from olivebranch.games.registry import load_preset
from olivebranch.games.talks import TalksParameters, compile_talks, signalling_payoffs
from olivebranch.theory.talks.solve import solve_talks


def main(arguments: Sequence[str] | None = None) -> None:
    """Sample, compare and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("preset", nargs="?", default="weak-blend-in")
    parser.add_argument("--plays", type=int, default=100_000_000)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    parameters = load_preset(chosen.preset, "talks").parameters_as(TalksParameters)
    game, equilibrium = compile_talks(parameters), solve_talks(parameters).equilibria[0]
    offer = np.array([equilibrium.offer_high, equilibrium.offer_low])
    escalate = np.array([equilibrium.escalate_after_fight[1], equilibrium.escalate_after_offer[1]])
    sampled = roll_out(game, offer, escalate, chosen.plays, np.random.default_rng(chosen.seed))

    send, reply = (np.stack([1 - chance, chance], axis=1) for chance in (offer, escalate))
    exact = game.prior[:, None, None] * send[:, :, None] * reply[None]
    frequency = sampled.counts / chosen.plays
    error = np.sqrt(exact * (1 - exact) / chosen.plays)
    write = sys.stdout.write
    write(f"{chosen.preset}, {equilibrium.name}, {chosen.plays:,} plays\n")
    write(f"{'type':<6}{'message':<9}{'reply':<10}{'exact':>9}{'sampled':>10}{'errors apart':>14}\n")
    for course in np.argwhere(exact > 0):
        kind, message, answer = course.tolist()
        names = ("high", "low")[kind], ("fight", "offer")[message], ("hold", "escalate")[answer]
        at = kind, message, answer
        apart = (frequency[at] - exact[at]) / error[at] if error[at] > 0 else 0.0
        write(f"{names[0]:<6}{names[1]:<9}{names[2]:<10}{exact[at]:9.6f}{frequency[at]:10.6f}{apart:14.2f}\n")
    payoffs = [float((exact * table).sum()) for table in signalling_payoffs(game)]
    for player, value, mean in zip(game.game.players, payoffs, sampled.payoffs.tolist(), strict=True):
        write(f"payoff of the {player}: exact {value:.6f}, sampled {mean:.6f}\n")


if __name__ == "__main__":
    main()
