"""The colours of :mod:`olivebranch.eval.palette`, which pages without matplotlib use as well."""

from olivebranch.eval.palette import COLOURS, SET_COLOURS, ink, set_colour

__all__ = ["COLOURS", "SET_COLOURS", "ink", "set_colour"]
