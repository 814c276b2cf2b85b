"""A designed experiment: which rule tells which equilibrium a learner finds?"""
