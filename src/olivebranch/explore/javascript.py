"""Python to JavaScript, for the plain arithmetic that the page needs: there is no second copy of a formula by hand.

Functions and classes are translated from their syntax trees, with everything of the package that they use. Two styles:

- *native*: operators become JavaScript's own; for functions of single numbers, which a map calls for every cell;
- *general*: operators become calls of ``py.add`` and so on (``page/runtime.js``), which know numbers, exact fractions
  and arrays with NumPy's rules. So the same lines serve all three, as they do in Python.

Only what the translated functions use is known; anything else raises :class:`CannotTranslate` with its place. The tests
hold every translated formula against Python on many random games, so a mistake here cannot stay hidden.
"""

import ast
import dataclasses
import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from types import FunctionType
from typing import Any

from olivebranch.explore.javascript_expressions import PACKAGE, CannotTranslate, fields_of, parsed
from olivebranch.explore.javascript_functions import FunctionSource

__all__ = ["CannotTranslate", "Translator"]


class Translator:
    """Translates functions and classes, and what they use, each once, in an order in which they can be run.

    Args:
        native: functions that are translated in the native style as well, under their name with ``Native`` behind it.
        provided: objects of the package that the runtime brings itself, with the JavaScript for each.
    """

    def __init__(self, native: Sequence[Callable[..., Any]] = (), provided: Mapping[Any, str] | None = None) -> None:
        self._written: list[str] = []
        self._names: dict[Any, str] = {}
        self.native: Sequence[Callable[..., Any]] = list(native)
        self.provided: Mapping[Any, str] = dict(provided or {})
        for function in native:
            self._written.append(
                FunctionSource(self, function, native=True).definition(self.name_of(function) + "Native")
            )

    def add(self, *things: Any) -> None:
        """Translate functions, classes or constants, unless that has been done."""
        for thing in things:
            self.name_of(thing)

    def text(self) -> str:
        """The JavaScript, as the body of a function that has ``py`` and ``np`` in scope."""
        return "\n".join(self._written)

    def exports(self) -> dict[str, str]:
        """The JavaScript name of every function and class, by its module and name in Python."""
        return {
            f"{thing.__module__.removeprefix(PACKAGE)}.{thing.__name__}": name for thing, name in self._names.items()
        }

    def name_of(self, thing: Any) -> str:
        """The JavaScript name of a function or a class, translated now if need be."""
        if thing in self.provided:
            return str(self.provided[thing])
        if thing not in self._names:
            self._names[thing] = f"{thing.__module__.rpartition('.')[2]}_{thing.__name__.lstrip('_')}"
            if isinstance(thing, FunctionType):
                self._written.append(FunctionSource(self, thing).definition(self._names[thing]))
            elif isinstance(thing, type):
                self._written.append(self._class(thing))
            else:
                raise CannotTranslate(f"{thing!r}")
        return self._names[thing]

    def constant(self, value: Any, where: str) -> str:
        """A constant of a module in JavaScript."""
        if isinstance(value, FunctionType | type):
            return self.name_of(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            arguments = ", ".join(self.constant(getattr(value, f.name), where) for f in dataclasses.fields(value))
            return f"new {self.name_of(type(value))}({arguments})"
        try:
            return json.dumps(value, ensure_ascii=False)
        except TypeError:
            raise CannotTranslate(f"{where}: a constant {value!r}") from None

    def _class(self, thing: type) -> str:
        tree = parsed(thing)
        assert isinstance(tree, ast.ClassDef)
        fields, defaults = fields_of(thing)
        module = vars(inspect.getmodule(thing))
        lines = [f"class {self._names[thing]} {{"]
        given = ", ".join(
            f"{name} = {self.constant(defaults[name], thing.__name__)}" if name in defaults else name for name in fields
        )
        lines.append(f"constructor({given}) {{ {' '.join(f'this.{name} = {name};' for name in fields)} }}")
        lines.append(f"*[Symbol.iterator]() {{ {' '.join(f'yield this.{name};' for name in fields)} }}")
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("__post"):
                kinds = {d.id for d in node.decorator_list if isinstance(d, ast.Name)}
                prefix = "static " if "classmethod" in kinds else "get " if "property" in kinds else ""
                scope = FunctionSource(self, node, owner=thing, scope=module)
                name = "get length" if node.name == "__len__" else prefix + node.name
                lines.append(scope.method(name))
        lines.append("}")
        return "\n".join(lines)
