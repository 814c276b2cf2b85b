"""The frame of a question: in which words, in which order and with how much said a situation is put to a model."""

from dataclasses import dataclass, fields

from olivebranch.core.errors import ParameterError, one_of

STORIES = ("neutral", "war", "business")
ORDERS = ("rotated", "listed", "reversed")
LABELS = ("letters", "other-letters", "numbers")
RULES = ("full", "brief")
CHOICES = {"story": STORIES, "order": ORDERS, "labels": LABELS, "rules": RULES}
ALPHABETS = {"letters": "ABCDEFGHIJ", "other-letters": "QZKWVXJYUG", "numbers": "1234567890"}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What may change while the game stays the same.

    Attributes:
        story: ``neutral`` (letters and numbers for players, actions and kinds), ``war`` or ``business``.
        order: of the options: ``rotated`` from sample to sample, so that each stands in each place equally often;
            ``listed`` as in the rules of the game; or ``reversed``.
        labels: by which an option is chosen.
        rules: ``full``, with every number; or ``brief``, in words only.
        state_type: whether the model is told its own type.
        reasoning: whether it may think aloud before it answers.
    """

    story: str = "neutral"
    order: str = "rotated"
    labels: str = "letters"
    rules: str = "full"
    state_type: bool = True
    reasoning: bool = False

    def __post_init__(self) -> None:
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise ParameterError(name, getattr(self, name), one_of(known, getattr(self, name)))
        for name in ("state_type", "reasoning"):
            if not isinstance(getattr(self, name), bool):
                raise ParameterError(name, getattr(self, name), "true or false")

    @property
    def name(self) -> str:
        """A short name: the story, and whatever else is not as by default."""
        said = [self.story]
        for each in fields(self)[1:]:
            value = getattr(self, each.name)
            if value != each.default:
                said.append(
                    value if isinstance(value, str) else {"state_type": "no-type", "reasoning": "reasons"}[each.name]
                )
        return "-".join(said)

    def order_of(self, n_options: int, sample: int) -> tuple[int, ...]:
        """Which option stands in each place in a given sample."""
        places = list(range(n_options))
        if self.order == "reversed":
            places.reverse()
        elif self.order == "rotated":
            turn = sample % n_options
            # Forwards and backwards in turn, so that each pair of options stands in both orders.
            places = places[turn:] + places[:turn]
            if (sample // n_options) % 2:
                places.reverse()
        return tuple(places)

    def label(self, place: int) -> str:
        """The label of the option in a place; of two signs where there are more options than signs."""
        signs = ALPHABETS[self.labels]
        more, last = divmod(place, len(signs))
        return (signs[more - 1] if more else "") + signs[last]
