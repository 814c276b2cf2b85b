"""Expressions of Python's in JavaScript: those that plain arithmetic needs."""

import ast
import dataclasses
import enum
import inspect
import json
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import FunctionType, ModuleType
from typing import Any, NoReturn, Protocol

PACKAGE = "olivebranch."
BINARY: Mapping[type[ast.operator], tuple[str, str]] = {
    ast.Add: ("+", "add"),
    ast.Sub: ("-", "sub"),
    ast.Mult: ("*", "mul"),
    ast.Div: ("/", "div"),
    ast.Pow: ("**", "pow"),
    ast.BitAnd: ("&", "and"),
    ast.BitOr: ("|", "or"),
    ast.LShift: ("<<", "shl"),
    ast.RShift: (">>", "shr"),
    ast.MatMult: ("", "matmul"),
}
COMPARE: Mapping[type[ast.cmpop], tuple[str, str]] = {
    ast.Lt: ("<", "lt"),
    ast.LtE: ("<=", "le"),
    ast.Gt: (">", "gt"),
    ast.GtE: (">=", "ge"),
    ast.Eq: ("===", "eq"),
    ast.NotEq: ("!==", "ne"),
}
BUILTINS = frozenset(
    (
        "int",
        "abs",
        "min",
        "max",
        "range",
        "len",
        "float",
        "bool",
        "zip",
        "enumerate",
        "list",
        "tuple",
        "isinstance",
        "getattr",
    )
)


class CannotTranslate(NotImplementedError):
    """A construct that the translator does not know; the message says where it stands."""


class Names(Protocol):
    """Gives the JavaScript name of whatever a function uses; :class:`olivebranch.explore.javascript.Translator`."""

    native: Sequence[Callable[..., Any]]
    provided: Mapping[Any, str]

    def name_of(self, thing: Any) -> str:
        """Of a function or a class."""
        ...

    def constant(self, value: Any, where: str) -> str:
        """Of a module."""
        ...


def fields_of(thing: type) -> tuple[list[str], dict[str, Any]]:
    """The fields of a dataclass or named tuple, in order, and the defaults of some."""
    if dataclasses.is_dataclass(thing):
        listed = dataclasses.fields(thing)
        return [f.name for f in listed], {f.name: f.default for f in listed if f.default is not dataclasses.MISSING}
    names = getattr(thing, "_fields", None)
    if names is None:
        raise CannotTranslate(f"the class {thing.__name__}, which is neither a dataclass nor a named tuple")
    return list(names), dict(getattr(thing, "_field_defaults", {}))


def parsed(thing: Any) -> ast.AST:
    return ast.parse(textwrap.dedent(inspect.getsource(thing))).body[0]


class Expressions:
    """The expressions of one function or method."""

    def __init__(
        self,
        translator: Names,
        source: FunctionType | ast.FunctionDef | Callable[..., Any],
        *,
        native: bool = False,
        owner: type | None = None,
        scope: Mapping[str, Any] | None = None,
    ) -> None:
        self.to, self.native, self.owner = translator, native, owner
        if isinstance(source, ast.FunctionDef):
            self.node, self.scope = source, dict(scope or {})
        else:
            tree = parsed(source)
            assert isinstance(tree, ast.FunctionDef)
            self.node, self.scope = tree, vars(inspect.getmodule(source))
        self.locals = set(_bound(self.node))
        first = self.node.args.args[0].arg if owner is not None and self.node.args.args else None
        self.itself = first

    def fault(self, node: ast.AST) -> NoReturn:
        where = f"{self.scope.get('__name__', '?')}.{self.node.name}, line {getattr(node, 'lineno', 0)} of it"
        raise CannotTranslate(f"{where}: {ast.unparse(node)}")

    renamed: Mapping[str, str] = {}

    def target(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return node.id
        return self.fault(node)

    def _pattern(self, node: ast.expr) -> str:
        if isinstance(node, ast.Tuple):
            return f"[{', '.join(map(self._pattern, node.elts))}]"
        return self.target(node)

    # Expressions

    def truth(self, node: ast.expr) -> str:
        return self.expr(node) if self.native else f"py.truth({self.expr(node)})"

    def expr(self, node: ast.expr) -> str:
        method = getattr(self, f"_{type(node).__name__.lower()}", None)
        if method is None:
            self.fault(node)
        result: str = method(node)
        return result

    def _constant(self, node: ast.Constant) -> str:
        return "py.dots" if node.value is ... else json.dumps(node.value, ensure_ascii=False)

    def _name(self, node: ast.Name) -> str:
        if node.id in self.renamed:
            return self.renamed[node.id]
        if node.id in self.locals:
            return node.id
        if node.id in self.scope:
            value = self.scope[node.id]
            if isinstance(value, ModuleType):
                return node.id
            if getattr(value, "__module__", "").startswith(PACKAGE) or not callable(value):
                return self.to.constant(value, self.node.name)
            if value in self.to.provided:
                return str(self.to.provided[value])
        if node.id in BUILTINS:
            return f"py.{node.id}"
        return self.fault(node)

    def _binop(self, node: ast.BinOp) -> str:
        return self._binary(node.op, self.expr(node.left), self.expr(node.right), node)

    def _binary(self, operator: ast.operator, left: str, right: str, node: ast.AST) -> str:
        if type(operator) not in BINARY:
            self.fault(node)
        native, general = BINARY[type(operator)]
        return f"({left} {native} {right})" if self.native else f"py.{general}({left}, {right})"

    def _unaryop(self, node: ast.UnaryOp) -> str:
        value = self.expr(node.operand)
        if isinstance(node.op, ast.Not):
            return f"!({value})" if self.native else f"!py.truth({value})"
        if isinstance(node.op, ast.USub):
            if isinstance(node.operand, ast.Constant):
                return f"(-{value})"
            return f"(-{value})" if self.native else f"py.neg({value})"
        if isinstance(node.op, ast.Invert) and not self.native:
            return f"py.invert({value})"
        return self.fault(node)

    def _boolop(self, node: ast.BoolOp) -> str:
        joined = " && " if isinstance(node.op, ast.And) else " || "
        if self.native:
            return f"({joined.join(map(self.expr, node.values))})"
        *tested, last = node.values
        parts = [f"py.{'both' if isinstance(node.op, ast.And) else 'either'}({self.expr(v)}, () => " for v in tested]
        return "".join(parts) + self.expr(last) + ")" * len(parts)

    def _compare(self, node: ast.Compare) -> str:
        sides = [node.left, *node.comparators]
        parts = []
        for left, operator, right in zip(sides, node.ops, node.comparators, strict=False):
            if isinstance(operator, ast.Is | ast.IsNot):
                parts.append(f"({self.expr(left)} {'==' if isinstance(operator, ast.Is) else '!='} null)")
            elif isinstance(operator, ast.In | ast.NotIn):
                found = f"py.contains({self.expr(right)}, {self.expr(left)})"
                parts.append(found if isinstance(operator, ast.In) else f"!{found}")
            else:
                native, general = COMPARE[type(operator)]
                one, other = self.expr(left), self.expr(right)
                parts.append(f"({one} {native} {other})" if self.native else f"py.{general}({one}, {other})")
        return parts[0] if len(parts) == 1 else f"({' && '.join(parts)})"

    def _ifexp(self, node: ast.IfExp) -> str:
        return f"({self.truth(node.test)} ? {self.expr(node.body)} : {self.expr(node.orelse)})"

    def _attribute(self, node: ast.Attribute) -> str:
        if node.attr == "__getitem__":
            return f"((key) => py.get({self.expr(node.value)}, [key]))"
        if isinstance(node.value, ast.Name) and node.value.id not in self.locals:
            owner = self.scope.get(node.value.id)
            if isinstance(owner, type) and issubclass(owner, enum.Enum):
                return self.to.constant(owner[node.attr].value, self.node.name)
        return f"{self.expr(node.value)}.{node.attr}"

    def _subscript(self, node: ast.Subscript) -> str:
        if self.native:
            return f"{self.expr(node.value)}[{self._flat_index(node.slice)}]"
        return f"py.get({self.expr(node.value)}, {self._index(node.slice)})"

    def _flat_index(self, node: ast.expr) -> str:
        """``values[line, column]`` of the compiled loops: rows of ten numbers, one behind the other."""
        if isinstance(node, ast.Tuple):
            line, column = node.elts
            return f"{self.expr(line)} * 10 + {self.expr(column)}"
        return self.expr(node)

    def _index(self, node: ast.expr) -> str:
        items = node.elts if isinstance(node, ast.Tuple) else [node]
        return f"[{', '.join(map(self._slice_item, items))}]"

    def _slice_item(self, node: ast.expr) -> str:
        if not isinstance(node, ast.Slice):
            return self.expr(node)
        ends = ["null" if end is None else self.expr(end) for end in (node.lower, node.upper, node.step)]
        return f"py.slice({', '.join(ends)})"

    def _tuple(self, node: ast.Tuple | ast.List) -> str:
        return f"[{', '.join(map(self._maybe_starred, node.elts))}]"

    _list = _tuple

    def _maybe_starred(self, node: ast.expr) -> str:
        return f"...{self.expr(node.value)}" if isinstance(node, ast.Starred) else self.expr(node)

    def _dict(self, node: ast.Dict) -> str:
        pairs = zip(node.keys, node.values, strict=True)
        return f"new Map([{', '.join(f'[{self.expr(k)}, {self.expr(v)}]' for k, v in pairs if k is not None)}])"

    def _lambda(self, node: ast.Lambda) -> str:
        names = [a.arg for a in node.args.args]
        before, self.locals = self.locals, self.locals | set(names)
        body = self.expr(node.body)
        self.locals = before
        return f"(({', '.join(names)}) => {body})"

    def _listcomp(self, node: ast.ListComp | ast.GeneratorExp) -> str:
        if len(node.generators) != 1:
            self.fault(node)
        loop = node.generators[0]
        source = self._iterated(loop.iter)
        pattern = self._pattern(loop.target)
        before, self.locals = self.locals, self.locals | set(_names(loop.target))
        conditions = " && ".join(self.truth(test) for test in loop.ifs) or "true"
        element = self.expr(node.elt)
        self.locals = before
        return f"py.each({source}, ({pattern}) => {element}, ({pattern}) => {conditions})"

    _generatorexp = _listcomp

    def _iterated(self, node: ast.expr) -> str:
        return f"py.iter({self.expr(node)})"

    def _joinedstr(self, node: ast.JoinedStr) -> str:
        parts = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                parts.append(json.dumps(part.value, ensure_ascii=False))
            elif isinstance(part, ast.FormattedValue):
                spec = part.format_spec
                how = '""' if spec is None else self.expr(spec)
                parts.append(f"py.format({self.expr(part.value)}, {how})")
        return f"({' + '.join(parts) or json.dumps('')})"

    def _call(self, node: ast.Call) -> str:
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr == "append":
            return f"{self.expr(function.value)}.push({self.expr(node.args[0])})"
        if isinstance(function, ast.Attribute) and function.attr == "items":
            return f"Array.from({self.expr(function.value)})"
        arguments = [self._maybe_starred(argument) for argument in node.args]
        keywords = {k.arg: self.expr(k.value) for k in node.keywords if k.arg != "strict"}
        known = self._known(function)
        if known is not None:
            names = self._parameter_names(known)
            rest = names[len(arguments) :]
            if any(name not in rest for name in keywords):
                self.fault(node)
            while rest and rest[-1] not in keywords:
                rest.pop()
            arguments += [keywords.get(name, "undefined") for name in rest]
            return f"{'new ' if isinstance(known, type) else ''}{self._called(function)}({', '.join(arguments)})"
        if keywords:
            arguments.append(f"{{{', '.join(f'{name}: {value}' for name, value in keywords.items())}}}")
        if self.native and isinstance(function, ast.Name) and function.id in ("min", "max", "abs"):
            return f"Math.{function.id}({', '.join(arguments)})"
        if self.native and isinstance(function, ast.Name) and function.id == "int":
            return f"({arguments[0]} | 0)"
        return f"{self.expr(function)}({', '.join(arguments)})"

    def _called(self, function: ast.expr) -> str:
        name = self.expr(function) if not self._is_cls(function) else self.to.name_of(self.owner)
        return name + "Native" if self.native and self._known(function) in self.to.native else name

    def _is_cls(self, function: ast.expr) -> bool:
        return isinstance(function, ast.Name) and function.id == "cls" and self.owner is not None

    def _known(self, function: ast.expr) -> Any:
        """The function or class of the package that is called, if it is one that Python knows by name."""
        if self._is_cls(function):
            return self.owner
        if isinstance(function, ast.Name) and function.id not in self.locals:
            found = self.scope.get(function.id)
            if isinstance(found, FunctionType | type) and found.__module__.startswith(PACKAGE):
                return found
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            outer = self.scope.get(function.value.id)
            if isinstance(outer, type) and function.value.id not in self.locals:
                method = getattr(outer, function.attr, None)
                return getattr(method, "__func__", None)
        return None

    def _parameter_names(self, known: Any) -> list[str]:
        if isinstance(known, type):
            return fields_of(known)[0]
        names = list(inspect.signature(known).parameters)
        return names[1:] if names[:1] in (["cls"], ["self"]) else names


def _names(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id


def assigned(body: Sequence[ast.stmt]) -> Iterator[str]:
    """Names that statements bind, those of nested functions and comprehensions left out."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef):
            continue
        targets: list[ast.expr] = []
        if isinstance(statement, ast.Assign):
            targets = statement.targets
        elif isinstance(statement, ast.AnnAssign | ast.AugAssign | ast.For):
            targets = [statement.target]
        for target in targets:
            for inner in ast.walk(target):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    yield inner.id
        for inside in ("body", "orelse"):
            yield from assigned(getattr(statement, inside, []))


def _bound(node: ast.FunctionDef) -> Iterator[str]:
    """All names that are local to a function."""
    yield from (a.arg for a in [*node.args.args, *node.args.kwonlyargs, *filter(None, [node.args.vararg])])
    yield from assigned(node.body)
    yield from (inner.name for inner in node.body if isinstance(inner, ast.FunctionDef))
