"""The one place where YAML is read: plain values only, within bounds, and every fault is one line."""

from pathlib import Path
from typing import Any

import yaml
from yaml.events import AliasEvent
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from olivebranch.core.errors import ParameterError

MOST_CHARACTERS = 2**26
DEEPEST = 50  # values within values
MOST_REPEATED = 100_000  # values that aliases may add to those written out
LARGEST = 2**63  # whole numbers are smaller, so that arrays can hold them


class _Bounded(yaml.SafeLoader):
    """A loader that refuses what would take memory or time without end."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        if not self.check_event(AliasEvent):
            self.depth += 1
        if self.depth > DEEPEST:
            raise yaml.YAMLError(f"values within values, more than {DEEPEST} deep")
        alias = self.check_event(AliasEvent)
        node: Node | None = super().compose_node(parent, index)
        self.depth -= not alias
        return node

    def get_single_node(self) -> Node | None:
        node: Node | None = super().get_single_node()
        if node is not None:
            sizes: dict[int, int | None] = {}
            if _size(node, sizes) > len(sizes) + MOST_REPEATED:
                raise yaml.YAMLError(f"aliases that repeat more than {MOST_REPEATED:,} values")
        return node

    def construct_yaml_int(self, node: ScalarNode) -> int:
        number: int = super().construct_yaml_int(node)
        if abs(number) >= LARGEST:
            raise ValueError(f"the whole number {node.value:.24}... is not below 2**63 = {LARGEST}")
        return number


_Bounded.add_constructor("tag:yaml.org,2002:int", _Bounded.construct_yaml_int)


def _size(node: Node, sizes: dict[int, int | None]) -> int:
    """How many values a node stands for, aliases written out."""
    if id(node) in sizes:
        known = sizes[id(node)]
        if known is None:
            raise yaml.YAMLError("an alias of a value within that value")
        return known
    sizes[id(node)] = None
    inner: list[Node] = []
    if isinstance(node, SequenceNode):
        inner = list(node.value)
    elif isinstance(node, MappingNode):
        inner = [part for pair in node.value for part in pair]
    sizes[id(node)] = total = 1 + sum(_size(part, sizes) for part in inner)
    return total


def read_yaml(text: str, key: str, value: object, expected: str = "YAML") -> Any:
    """The plain values that a YAML text stands for.

    Args:
        text: at most 64 MiB of YAML, at most 50 values deep; whole numbers are below 2**63.
        key: what errors name.
        value: what errors show, e.g. the path of the file.
        expected: what errors say was expected, before the reason in brackets.

    Raises:
        ParameterError: it is no YAML, or it is outside these bounds.
    """
    if len(text) > MOST_CHARACTERS:
        raise ParameterError(key, value, f"{expected} of at most {MOST_CHARACTERS:,} characters, got {len(text):,}")
    try:
        loader = _Bounded(text)
        try:
            return loader.get_single_data()
        finally:
            loader.dispose()
    except Exception as error:  # constructors of dates, numbers and the like raise what they please
        reason = " ".join(str(error).replace('in "<unicode string>", ', "at ").split())[:200]
        raise ParameterError(key, value, f"{expected} ({reason})") from None


def read_yaml_file(path: Path, key: str) -> Any:
    """The plain values in a YAML file.

    Raises:
        ParameterError: it cannot be read, or as :func:`read_yaml`.
    """
    try:
        text = path.read_bytes().decode()
    except OSError as error:
        raise ParameterError(key, str(path), f"a file that can be read ({error.strerror})") from None
    except UnicodeDecodeError as error:
        raise ParameterError(key, str(path), f"YAML in UTF-8 ({error})") from None
    return read_yaml(text, key, str(path))
