"""Behaviour carried over to the peers' games and back: OpenSpiel's and Gambit's, both made from the same .efg text.

The text is that of :func:`olivebranch.theory.tree.export.to_efg`, which labels each information set with its stage,
history and type. So a profile of theirs becomes a profile of ours, and with
:func:`olivebranch.agents.policies.lookup.lookup_policies` policies that files keep and environments ask.
"""
