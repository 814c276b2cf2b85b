"""A game tree as a picture: an equilibrium's play in its colour, learned play as a dashed line, both with numbers."""

from collections.abc import Iterator

from markupsafe import Markup

from olivebranch.eval.report_page.markup import join, number, scroll
from olivebranch.eval.report_page.play_tree import Branch, PlayTree

LEAST_WIDTH, LETTER, ROW, SLOPE, LEAF = 236, 8.2, 64, 44, 230  # a letter in bold type of 13 is at most so wide
WIDEST = 7.0  # of a branch that is always taken
MOST_PAYOFFS = 4  # type profiles whose payoffs stand at the end of a play


def draw_tree(tree: PlayTree, name: str, colour: str, known: bool) -> Markup:
    """The picture, in a region that scrolls.

    Args:
        tree: what to draw.
        name: of the equilibrium.
        colour: of it.
        known: whether an equilibrium is known; else learned play stands alone.
    """
    depth = _depth(tree.root)
    step = max(LEAST_WIDTH, round(SLOPE + 16 + LETTER * _longest(tree.root)))
    width, height = depth * step + LEAF + 20, max(tree.root.leaves, 1) * ROW + 16
    parts = join(_branches(tree.root, (10.0, 8.0), step, colour, known))
    said = f"{name} and learned play" if known else "learned play"
    title = f"The tree of the game, with the probabilities of {said} on its branches"
    image = Markup(
        '<svg role="img" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-label="{2}"><title>{2}</title>{3}</svg>'
    ).format(width, height, title, parts)
    return scroll(title, image)


def _depth(branch: Branch) -> int:
    return max((1 + _depth(child) for child in branch.children), default=0)


def _longest(branch: Branch) -> int:
    return max([len(branch.words), *map(_longest, branch.children)])


def _branches(branch: Branch, at: tuple[float, float], step: int, colour: str, known: bool) -> Iterator[Markup]:
    """Everything that follows ``branch``: ``at`` is where its own dot lies from the left, and where its rows begin."""
    x, top = at
    middle = top + branch.leaves * ROW / 2
    below = top
    for child in branch.children:
        place = below + child.leaves * ROW / 2
        yield _line(child, (x, middle, x + step), place, colour, known)
        yield from _branches(child, (x + step, below), step, colour, known)
        below += child.leaves * ROW
    if branch.left_out[0]:
        count, theory, learned = branch.left_out
        shares = f"equilibrium {number(theory)}, learned {number(learned)}" if known else f"learned {number(learned)}"
        yield _text(x + SLOPE + 6, below + ROW / 2, f"{count} more, reached: {shares}", "soft", 12)
    if branch.children:
        yield Markup('<circle class="node" cx="{:.0f}" cy="{:.1f}" r="5"/>').format(x, middle)
    elif branch.cut:
        yield _text(x + 8, middle + 4, "… goes on", "soft", 12)
    else:
        yield from _payoffs(branch, x, middle)


def _line(child: Branch, start: tuple[float, float, float], y: float, colour: str, known: bool) -> Markup:
    x, y0, end = start
    bend = x + SLOPE
    theory, learned = (_strength(child, which) for which in (0, 1))

    def path(shift: float) -> str:
        return f"M{x:.0f} {y0 + shift:.1f}L{bend:.0f} {y + shift:.1f}H{end - 4:.0f}"

    lines = Markup("")
    if known:
        lines += Markup('<path d="{}" fill="none" stroke="{}" stroke-width="{:.2f}" stroke-opacity="{}"/>').format(
            path(-2.5), colour, 0.8 + WIDEST * theory, "1" if theory > 0 else "0.45"
        )
    lines += Markup('<path d="{}" class="learned" stroke-width="{:.2f}" stroke-dasharray="6 3"/>').format(
        path(0.6 * WIDEST if known else 0.0), 0.6 + 0.35 * WIDEST * learned
    )
    words = _text(bend + 6, y - 10, child.words, "halo", 13, bold=True)
    return lines + words + _text(bend + 6, y + 22, _numbers(child, known), "halo", 12)


def _strength(child: Branch, which: int) -> float:
    share = child.share[which]
    if share is not None:
        return share
    own = [pair[which] for pair in child.by_type.values()]
    return sum(own) / len(own) if own else 0.0


def _numbers(child: Branch, known: bool) -> str:
    def pair(theory: float | None, learned: float | None) -> str:
        return f"{_share(theory)} | {_share(learned)}" if known else _share(learned)

    if child.by_type:
        return "   ".join(f"{name} {pair(*both)}".lstrip() for name, both in child.by_type.items())
    return pair(*child.share)


def _share(value: float | None) -> str:
    """A probability in two digits; one that is not quite 0 says so."""
    return "<0.01" if value is not None and 0 < value < 0.005 else number(value, 2)


def _payoffs(branch: Branch, x: float, y: float) -> Iterator[Markup]:
    shown = list(branch.payoffs.items())[:MOST_PAYOFFS]
    first = y + 4 - 7.5 * (len(shown) - 1)
    for place, (name, values) in enumerate(shown):
        text = f"{name}: {' / '.join(number(value, 2) for value in values.tolist())}"
        more = ", …" if place == MOST_PAYOFFS - 1 and len(branch.payoffs) > MOST_PAYOFFS else ""
        yield _text(x + 6, first + 15 * place, text.removeprefix("all: ") + more, "", 12)


def _text(x: float, y: float, words: str, kind: str, size: int, bold: bool = False) -> Markup:
    weight = Markup(' font-weight="600"') if bold else ""
    return Markup('<text x="{:.0f}" y="{:.1f}" class="{}" font-size="{}"{}>{}</text>').format(
        x, y, kind, size, weight, words
    )
