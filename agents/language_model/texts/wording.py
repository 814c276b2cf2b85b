"""The words of each story: what players, actions, kinds and events are called in it.

No word says what is wise. A test holds the texts against a list of words that would.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from olivebranch.core.errors import ParameterError
from olivebranch.games.registry import NamedGame
from olivebranch.games.rules import Action, Game

LETTERS = "KMTVHNRS"  # of actions in the neutral story; they are no labels of options
ACTIONS = tuple(action.name for action in Action)


@dataclass(frozen=True)
class Words:
    """What things are called.

    Attributes:
        scene: a sentence or two that begin the text.
        players, actions: by their names in the rules.
        types: by player and by their names in the rules.
        events: outcomes by their labels in the rules; a label that is missing is told as it is.
        terms: what the rules of the war call things.
    """

    scene: str
    players: Mapping[str, str]
    actions: Mapping[str, str]
    types: Mapping[str, Mapping[str, str]]
    events: Mapping[str, str]
    terms: Mapping[str, str]


SCENES = {
    "neutral": "This is a game of decisions. Every result is given in points, and your aim is to get as many as you "
    "can.",
    "war": "This is a model of a war. Every result is given in points, and your aim is to get as many as you can for "
    "your state.",
    "business": "This is a model of competition between firms. Every result is given in points, and your aim is to get "
    "as many as you can for your firm.",
}
PLAYERS = {
    "war": {"sender": "State 1", "receiver": "State 2", "A": "State 1", "B": "State 2", "patron": "the Patron",
            "mediator": "the Mediator"},
    "business": {"sender": "Firm 1", "receiver": "Firm 2", "A": "Firm 1", "B": "Firm 2", "patron": "the Investor",
                 "mediator": "the Arbiter"},
}  # fmt: skip
DEEDS = {
    "war": {"FIGHT": "fight on", "ESCALATE": "escalate", "OFFER_TALKS": "talks (offer them, or take up an offer)",
            "DEMONSTRATE": "show strength"},
    "business": {"FIGHT": "carry on as before", "ESCALATE": "cut prices hard",
                 "OFFER_TALKS": "a settlement (propose it, or take up a proposal)", "DEMONSTRATE": "open the books"},
}  # fmt: skip
THIRD = {  # what carrying on and offering mean to a third party
    "war": {"patron": ("give aid", "withhold aid"), "mediator": ("post no guarantee", "post the guarantee")},
    "business": {"patron": ("give credit", "withhold credit"), "mediator": ("give no bond", "give the bond")},
}
LEVELS = {
    "war": {"high": "highly resilient", "low": "barely resilient", "resolute": "resolute", "weary": "weary"},
    "business": {"high": "well funded", "low": "thinly funded", "resolute": "patient", "weary": "impatient"},
}
EVENTS = {
    "neutral": {"talks open": "the game ends by agreement", "A breaks through": "Player 1 advances",
                "B breaks through": "Player 2 advances", "the front holds": "the counter stays"},
    "war": {"talks open": "talks open", "A breaks through": "State 1 breaks through",
            "B breaks through": "State 2 breaks through", "the front holds": "the front holds"},
    "business": {"talks open": "a settlement is made", "A breaks through": "Firm 1 wins customers",
                 "B breaks through": "Firm 2 wins customers", "the front holds": "market shares stay as they are"},
}  # fmt: skip
TERMS = {
    "neutral": {
        "counter": "counter",
        "step": "advance",
        "advances": "advances",
        "advancing": "an advance of",
        "defeat": "the counter reaches an end",
        "loser": "the player whose end it is",
        "aid": "support",
        "guarantee": "the bond",
        "going": "a period without agreement",
    },
    "war": {
        "counter": "balance",
        "step": "breakthrough",
        "advances": "breaks through",
        "advancing": "a breakthrough by",
        "defeat": "one side is defeated",
        "loser": "the defeated side",
        "aid": "aid",
        "guarantee": "the guarantee",
        "going": "a period of fighting",
    },
    "business": {
        "counter": "market position",
        "step": "gain of customers",
        "advances": "wins customers",
        "advancing": "a gain of customers by",
        "defeat": "one firm is driven out",
        "loser": "the firm that is driven out",
        "aid": "credit",
        "guarantee": "the bond",
        "going": "a period without a settlement",
    },
}


def words_of(game: NamedGame, story: str) -> Words:
    """The words for ``game`` in a story.

    Raises:
        ParameterError: the story is not the neutral one, and the game has actions or players that it has no words for.
    """
    rules = game.compiled.game
    if story == "neutral":
        return _neutral(rules)
    unknown = [name for name in rules.players if name not in PLAYERS[story]]
    unknown += [name for name in rules.action_names if name not in ACTIONS]
    if unknown:
        raise ParameterError("story", story, f"neutral, for the story has no words for {', '.join(unknown)}")
    return Words(
        scene=SCENES[story],
        players={name: PLAYERS[story][name] for name in rules.players},
        actions=DEEDS[story],
        types={
            player: {name: LEVELS[story].get(name, name) for name in names}
            for player, names in zip(rules.players, rules.type_names, strict=True)
        },
        events=EVENTS[story],
        terms=TERMS[story],
    )


def _neutral(rules: Game) -> Words:
    return Words(
        scene=SCENES["neutral"],
        players={name: f"Player {number}" for number, name in enumerate(rules.players, 1)},
        actions={
            name: f"move {LETTERS[number] if number < len(LETTERS) else number + 1}"
            for number, name in enumerate(rules.action_names)
        },
        types={
            player: {name: f"kind {number}" for number, name in enumerate(names, 1)}
            for player, names in zip(rules.players, rules.type_names, strict=True)
        },
        events=EVENTS["neutral"],
        terms=TERMS["neutral"],
    )


def action_text(words: Words, story: str, player: str, action: str) -> str:
    """What ``player`` calls ``action``; third parties call carrying on and offering by other words."""
    if story != "neutral" and player in THIRD[story]:
        return THIRD[story][player][int(action != Action.FIGHT.name)]
    return words.actions[action]
