"""olivebranch: games of war, hidden resilience and the offer to talk; their equilibria; learned against theory."""

from olivebranch.core import doors

__version__ = "0.1.0"

# Environments are played against policies that are named by a text; see olivebranch.core.doors.
doors.fill("named policies", "olivebranch.agents.policies.registry:find_policies")
doors.fill("functions as policies", "olivebranch.agents.policies.function:FunctionPolicy")
