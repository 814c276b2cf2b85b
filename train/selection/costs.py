"""What training costs, roughly: said before it begins, and the unit of its progress.

Figures are those of ``benchmarks/stacked_learners.py`` on one core of two; other machines differ by a factor.
"""

from olivebranch.agents.settings import SampledSettings, Settings

# Milliseconds of one core for a thousand updates of one run, many runs stacked.
UPDATES_MS = {
    "cfr": 0.15,
    "cfr+": 0.15,
    "ewa": 0.7,
    "exp3": 0.9,
    "fictitious-play": 0.1,
    "hedge": 0.15,
    "magnetic-mirror-descent": 0.2,
    "ppo": 90.0,
    "q-learning": 0.8,
    "replicator": 0.2,
    "roth-erev": 1.2,
}
PLAY_BY_PLAY_MS = 0.012  # of Q-learners that learn after every play
SAMPLED_GAME = 0.06  # seconds a game of a sample, all rules asked
AT_LEAST = 0.02  # seconds a file


def seconds(settings: Settings, runs: int) -> float:
    """Of one core, for so many runs."""
    batch = settings.batch if isinstance(settings, SampledSettings) else None
    quick = settings.kind == "q-learning" and batch == 1
    rate = PLAY_BY_PLAY_MS if quick else UPDATES_MS[settings.kind]
    return AT_LEAST + runs * settings.updates() * rate / 1e6
