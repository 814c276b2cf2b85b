"""One function or method in JavaScript: its parameters, its statements and what they declare."""

import ast
from collections.abc import Iterator, Sequence

from olivebranch.explore.javascript_expressions import Expressions, assigned


class FunctionSource(Expressions):
    """One function or method."""

    # Definitions

    def definition(self, name: str) -> str:
        return f"function {name}({self._parameters()}) {{\n{self._body()}\n}}"

    def method(self, name: str) -> str:
        itself = {self.itself: "this"} if self.itself else {}
        self.renamed = itself
        return f"{name}({self._parameters(skip=1)}) {{\n{self._body()}\n}}"

    def _parameters(self, skip: int = 0) -> str:
        arguments = self.node.args
        listed = [*arguments.args, *arguments.kwonlyargs]
        late = [None if d is None else self.expr(d) for d in arguments.kw_defaults]
        early: list[str | None] = [None] * (len(arguments.args) - len(arguments.defaults))
        defaults = [*early, *(self.expr(d) for d in arguments.defaults), *late]
        pairs = list(zip(listed, defaults, strict=True))[skip:]
        rest = [f"...{arguments.vararg.arg}"] if arguments.vararg else []
        return ", ".join([a.arg if d is None else f"{a.arg} = {d}" for a, d in pairs] + rest)

    def _body(self) -> str:
        parameters = {a.arg for a in [*self.node.args.args, *self.node.args.kwonlyargs]}
        nested = {n.name for n in ast.walk(self.node) if isinstance(n, ast.FunctionDef) and n is not self.node}
        own = sorted(set(assigned(self.node.body)) - parameters - nested)
        declared = [f"let {', '.join(own)};"] if own else []
        return "\n".join(declared + [line for statement in self.node.body for line in self.stmt(statement)])

    # Statements

    def stmt(self, node: ast.stmt) -> Iterator[str]:
        if isinstance(node, ast.Expr):
            if not isinstance(node.value, ast.Constant):  # a docstring
                yield self.expr(node.value) + ";"
        elif isinstance(node, ast.Return):
            yield "return;" if node.value is None else f"return {self.expr(node.value)};"
        elif isinstance(node, ast.Assign):
            yield from self._assign(node)
        elif isinstance(node, ast.AnnAssign):
            if node.value is not None:
                yield from self._store(node.target, self.expr(node.value))
        elif isinstance(node, ast.AugAssign):
            value = self._binary(node.op, self.expr(_loaded(node.target)), self.expr(node.value), node)
            yield from self._store(node.target, value)
        elif isinstance(node, ast.If):
            yield f"if ({self.truth(node.test)}) {{"
            yield from self._block(node.body)
            if node.orelse:
                yield "} else {"
                yield from self._block(node.orelse)
            yield "}"
        elif isinstance(node, ast.For):
            yield f"for ({self._pattern(node.target)} of {self._iterated(node.iter)}) {{"
            yield from self._block(node.body)
            yield "}"
        elif isinstance(node, ast.With):  # numpy.errstate, which JavaScript has no need of
            yield from self._block(node.body)
        elif isinstance(node, ast.FunctionDef):
            inner = FunctionSource(self.to, node, scope=self.scope)
            inner.native, inner.renamed = self.native, self.renamed
            inner.locals |= self.locals
            yield inner.definition(node.name)
        elif isinstance(node, ast.Continue):
            yield "continue;"
        else:
            self.fault(node)

    def _block(self, body: Sequence[ast.stmt]) -> Iterator[str]:
        for statement in body:
            yield from self.stmt(statement)

    def _assign(self, node: ast.Assign) -> Iterator[str]:
        first = node.targets[0]
        value = self.expr(node.value)
        if len(node.targets) > 1:
            yield f"{{ const $value = {value};"
            for target in node.targets:
                yield from self._store(target, "$value")
            yield "}"
            return
        yield from self._store(first, value)

    def _store(self, target: ast.expr, value: str) -> Iterator[str]:
        if isinstance(target, ast.Subscript):
            where = self.expr(target.value)
            if self.native:
                yield f"{where}[{self._flat_index(target.slice)}] = {value};"
            else:
                yield f"py.set({where}, {self._index(target.slice)}, {value});"
        elif isinstance(target, ast.Tuple) and all(isinstance(t, ast.Name) for t in target.elts):
            yield f"[{', '.join(self.target(t) for t in target.elts)}] = {value};"
        elif isinstance(target, ast.Tuple):
            yield f"{{ const $all = {value};"
            for place, inner in enumerate(target.elts):
                yield from self._store(inner, f"$all[{place}]")
            yield "}"
        else:
            yield f"{self.target(target)} = {value};"


def _loaded(node: ast.expr) -> ast.expr:
    """A target as an expression that can be read."""
    return ast.parse(ast.unparse(node), mode="eval").body
