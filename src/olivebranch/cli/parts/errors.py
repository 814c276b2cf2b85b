"""The error for bad input that is not a game parameter."""


class BadInput(Exception):
    """Something that the user gave cannot be used; the message is one line that says what, and what was expected."""
