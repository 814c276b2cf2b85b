"""Why a run did not reach an equilibrium, or why it reached that one (docs/explain.md).

``case`` gathers what a run folder tells, each of ``visits``, ``movement``, ``regularised``, ``approximation``,
``selected`` and ``exploited`` weighs one cause against its counterfactual, and ``explanation`` puts them in order.
"""
