"""No test depends on how fast the machine is: Hypothesis, too, waits as long as it takes."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
