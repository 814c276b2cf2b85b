"""What an answer of a language model says: a move, or why it is none. Nothing is ever guessed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What became of a question."""

    MOVE = "move"
    REFUSAL = "refusal"
    INVALID = "invalid"  # an answer, but none of the options
    TRUNCATED = "truncated"  # cut off before the answer was complete
    EMPTY = "empty"


@dataclass(frozen=True)
class Answer:
    """One answer, read.

    Attributes:
        kind: what it is.
        option: the position of the option that was chosen; None unless it is a move.
    """

    kind: Kind
    option: int | None = None


# At the beginning of an answer only: a model may well say within its reasons what it cannot do.
REFUSALS = re.compile(
    r"(i['’]?m sorry|i am sorry|sorry[,. ]|i can(no|['’])?t\b|i cannot|i won['’]?t|i will not|i['’]?m (not able|unable)"
    r"|i am (not able|unable)|i must decline|i decline|as an ai\b|as a language model)",
    re.IGNORECASE,
)
ANSWER_LINE = re.compile(r"answer\s*:\s*(.*)", re.IGNORECASE)
AROUND = " \t\r\n\"'`*.()[]"


def read_answer(
    text: str | None, labels: Sequence[str], reasoning: bool = False, finish: str | None = None, refused: bool = False
) -> Answer:
    """Read an answer strictly: the label of one option and nothing else, in any capitalisation.

    Quotation marks, brackets, asterisks and full stops around the label do not count. With ``reasoning`` the label
    stands in the last line, which reads ``ANSWER: label``; everything before it is ignored.

    Args:
        text: what the model said.
        labels: of the options.
        reasoning: whether reasons precede the answer.
        finish: the server's ``finish_reason``.
        refused: whether the server itself marked the answer as a refusal.
    """
    content = (text or "").strip()
    if refused or finish == "content_filter":
        return Answer(Kind.REFUSAL)
    if not content:
        return Answer(Kind.TRUNCATED if finish == "length" else Kind.EMPTY)
    said = content
    if reasoning:
        last = content.splitlines()[-1].strip(AROUND)
        found = ANSWER_LINE.fullmatch(last)
        said = found.group(1) if found else ""
    said = said.strip(AROUND).casefold()
    chosen = [position for position, label in enumerate(labels) if label.casefold() == said]
    if len(chosen) == 1:
        return Answer(Kind.MOVE, chosen[0])
    if REFUSALS.match(content):
        return Answer(Kind.REFUSAL)
    return Answer(Kind.TRUNCATED if finish == "length" else Kind.INVALID)


def read_percentage(text: str | None, reasoning: bool = False) -> float | None:
    """A probability that was given as a percentage, as a number in [0, 1]; None if there is none or it is no such."""
    content = (text or "").strip()
    if reasoning and content:
        found = ANSWER_LINE.fullmatch(content.splitlines()[-1].strip(AROUND))
        content = found.group(1) if found else ""
    number = re.fullmatch(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?", content.strip(AROUND))
    if number is None or float(number.group(1)) > 100:
        return None
    return float(number.group(1)) / 100
