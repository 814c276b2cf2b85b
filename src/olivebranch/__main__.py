"""The start of the command ``olivebranch``, which also runs where only the base is installed.

Every command but the list of presets needs packages that the extras install, the command line's own among them. Without
those, ``--help`` still lists the commands and the extra that each of them needs.
"""

import sys
from collections.abc import Mapping, Sequence

from olivebranch import __version__
from olivebranch.core.extras import MissingExtra, missing_extra, needed

# Command: the extra that it needs, and what it does. A test holds the table against the commands themselves.
COMMANDS: Mapping[str, tuple[str, str]] = {
    "presets": ("theory", "the named games; without the extra, their names only"),
    "solve": ("theory", "all equilibria of a talks game"),
    "enumerate": ("theory", "all equilibria of any finite signalling game"),
    "equilibria": ("theory", "equilibria of a game of several periods, by search"),
    "claims": ("theory", "the claims of the source, decided in the model"),
    "export": ("theory", "a game in Gambit's format"),
    "play": ("theory", "a seat of a game is yours, against policies"),
    "regions": ("plots", "maps of the equilibria over two parameters"),
    "train": ("learn", "train learners, from a config to a run folder"),
    "eval": ("learn", "hold runs against the known equilibria"),
    "study": ("learn", "train and evaluate several configs"),
    "report": ("learn", "one page about a folder of results, to read or to send"),
    "exploit": ("learn", "what a trained opponent gains from a run"),
    "cross-play": ("learn", "runs, equilibria and functions against each other"),
    "atlas": ("learn", "learning over a whole map of parameters"),
    "benchmark": ("learn", "learners compared by a protocol; submissions"),
    "explore": ("explore", "a page with sliders, maps, learners and a story"),
}


def main() -> None:
    """Run the command line, or say which extra is missing."""
    try:
        from olivebranch.cli import main as run
    except ModuleNotFoundError as error:
        missing = missing_extra(error, "olivebranch")
        if missing is None:
            raise
        sys.exit(_without_command_line(sys.argv[1:], missing))
    run()


def _without_command_line(arguments: Sequence[str], missing: MissingExtra) -> int:
    """What can be answered without the packages of the command line; returns the exit code."""
    match list(arguments):
        case [] | ["--help"]:
            lines = ["Usage: olivebranch COMMAND [ARGUMENTS]...", "", "These commands need an extra:", ""]
            lines += [f"  {name:<11} {extra:<7} {summary}" for name, (extra, summary) in COMMANDS.items()]
            lines += [
                "",
                "For example: pip install 'olivebranch[theory]'. After that, --help on any command tells more.",
            ]
        case ["--version"]:
            lines = [f"olivebranch {__version__}"]
        case ["presets"]:
            from olivebranch.games.registry import load_preset, preset_names

            presets = [load_preset(name) for name in preset_names()]
            lines = [f"{preset.name}  {preset.game}  {preset.title}" for preset in presets]
        case [name, *_] if name in COMMANDS:
            extra, _ = COMMANDS[name]
            sys.stderr.write(
                f"olivebranch: {needed(f'olivebranch {name}', extra, f'{missing.name} is not installed')}\n"
            )
            return 2
        case [name, *_]:
            sys.stderr.write(f"olivebranch: No such command {name!r}.\n")
            return 2
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    main()
