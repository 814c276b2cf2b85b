"""The one action enumeration of the whole project: environments, tables, files and plots all use these numbers."""

from enum import IntEnum


class Action(IntEnum):
    """What a belligerent can do in a stage (docs/model.md, section 1).

    In every game ``FIGHT`` doubles as "carry on": it is the one legal action of a seat that does not act in a stage.
    ``OFFER_TALKS`` in reply to an offer reciprocates it.
    """

    FIGHT = 0
    ESCALATE = 1
    OFFER_TALKS = 2
    DEMONSTRATE = 3
