"""A play as text and as a picture, for any compiled game.

Both show what is public while play goes on: who did what, what came of it, what stands. The hidden types and the
payoffs, which depend on them, are shown once the play is finished.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from olivebranch.core.errors import ParameterError, one_of
from olivebranch.envs.play import Play

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont

RENDER_MODES = ("ansi", "rgb_array")
WIDTH, HEIGHT = 640, 400
MARGIN, HEADER, ROW, FOOTER = 24, 84, 40, 96
ROWS = (HEIGHT - HEADER - FOOTER) // ROW

PAPER, INK, FAINT, LINE = (252, 250, 245), (33, 37, 41), (120, 124, 130), (214, 210, 200)
# One colour for each action of the enumeration (docs/model.md, section 1), then repeated for longer ones.
COLOURS = ((201, 204, 208), (226, 125, 96), (133, 178, 118), (239, 196, 98), (126, 167, 206), (186, 148, 196))


def check_render_mode(mode: str | None) -> None:
    """Raise ParameterError where ``mode`` is neither None nor one of ``RENDER_MODES``."""
    if mode is not None and mode not in RENDER_MODES:
        raise ParameterError("render_mode", mode, one_of(RENDER_MODES, mode))


def render(play: Play, mode: str | None) -> str | NDArray[np.uint8]:
    """Draw ``play`` in one of ``RENDER_MODES``.

    Raises:
        ValueError: another mode, or no play has been started.
    """
    if mode not in RENDER_MODES:
        raise ValueError(f"render_mode = {mode!r}: expected one of {', '.join(RENDER_MODES)}")
    if not play.started:
        raise ValueError("there is nothing to draw yet: call reset() first")
    return ansi(play) if mode == "ansi" else rgb_array(play)


def ansi(play: Play) -> str:
    """The play in lines of text: one a stage, then what stands, then who is to move or how it ended."""
    game = play.game.game
    lines = [f"{game.name}: {', '.join(game.players)}"]
    for number, edge in enumerate(play.edges, start=1):
        moves = ", ".join(f"{name}: {action}" for name, action in _moves(play, edge) if action)
        lines.append(f"{number:>3}. " + "; ".join(part for part in (moves, play.game.edge_labels[edge]) if part))
    lines.append(f"now: {game.describe(play.game.states[play.state])}")
    return "\n".join([*lines, *_ending(play)]) + "\n"


def rgb_array(play: Play) -> NDArray[np.uint8]:
    """The play as a picture, uint8 ``[HEIGHT, WIDTH, 3]``: a row a stage (the latest if many), a column a player."""
    game = play.game.game
    image = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((MARGIN, 14), game.name, INK, _font(24))
    draw.text(
        (WIDTH - MARGIN, 20), "play over" if play.finished else f"stage {len(play.edges) + 1}", FAINT, _font(15), "ra"
    )
    column = (WIDTH - 2 * MARGIN - 32) // (len(game.players) + any(play.game.edge_labels))
    for seat, name in enumerate(game.players):
        draw.text((MARGIN + 32 + seat * column, HEADER - 26), name, INK, _font(16))
    draw.line((MARGIN, HEADER - 4, WIDTH - MARGIN, HEADER - 4), LINE, 2)

    first = max(0, len(play.edges) - ROWS)
    for row, edge in enumerate(play.edges[first:]):
        top = HEADER + row * ROW
        draw.text((MARGIN, top + 10), f"{first + row + 1}.", FAINT, _font(15))
        for seat, (_, action) in enumerate(_moves(play, edge)):
            if action:
                left = MARGIN + 32 + seat * column
                colour = COLOURS[game.action_names.index(action) % len(COLOURS)]
                draw.rounded_rectangle((left, top + 3, left + column - 10, top + ROW - 3), 6, colour)
                draw.text((left + 8, top + ROW // 2), action, INK, _fitting(draw, action, 15, column - 26), "lm")
        if label := play.game.edge_labels[edge]:
            left = MARGIN + 32 + len(game.players) * column
            draw.text((left, top + ROW // 2), label, INK, _fitting(draw, label, 14, column), "lm")

    draw.line((MARGIN, HEIGHT - FOOTER + 4, WIDTH - MARGIN, HEIGHT - FOOTER + 4), LINE, 2)
    for row, text in enumerate([game.describe(play.game.states[play.state]), *_ending(play)][:3]):
        font = _fitting(draw, text, 16, WIDTH - 2 * MARGIN)
        draw.text((MARGIN, HEIGHT - FOOTER + 14 + 26 * row), text, INK if row == 0 else FAINT, font)
    return np.asarray(image, dtype=np.uint8).copy()


def _moves(play: Play, edge: int) -> list[tuple[str, str]]:
    """For each player its name and the action it chose on ``edge``, empty for a player who had no choice."""
    compiled = play.game
    acted = compiled.acts[compiled.edge_source[edge]]
    actions = compiled.joint_actions(compiled.edge_joint[edge])
    names = compiled.game.action_names
    return [
        (player, names[action] if chose else "")
        for player, action, chose in zip(compiled.game.players, actions, acted, strict=True)
    ]


def _ending(play: Play) -> list[str]:
    """Who is to move; once the play is finished, the payoffs and the types that were hidden."""
    compiled, game = play.game, play.game.game
    if not play.finished:
        movers: dict[str, list[str]] = {}
        for seat, name in enumerate(game.players):
            if play.acts(seat):
                movers.setdefault(", ".join(game.action_names[action] for action in play.legal(seat)), []).append(name)
        choices = [f"{', '.join(names)} ({actions})" for actions, names in movers.items()]
        return [f"to move: {'; '.join(choices)}"] if choices else ["nobody has a choice"]
    payoffs = compiled.edge_reward[play.edges, :, play.profile].sum(axis=0)
    types = [
        f"{name} {names[own]}"
        for name, names, own in zip(game.players, game.type_names, play.types, strict=True)
        if len(names) > 1
    ]
    paid = ", ".join(f"{name} {payoff:+.3f}" for name, payoff in zip(game.players, payoffs, strict=True))
    return [f"payoffs: {paid}"] + ([f"hidden until now: {', '.join(types)}"] if types else [])


@cache
def _font(size: int) -> Font:
    return ImageFont.load_default(size)


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, size: int, room: int
) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest font up to ``size`` (down to 9) in which ``text`` is at most ``room`` pixels wide."""
    while size > 9 and draw.textlength(text, _font(size)) > room:
        size -= 1
    return _font(size)
