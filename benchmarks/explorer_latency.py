"""How long after a slider has moved the explorer's map and verdict are painted anew, in a real Chromium.

Each of the ten sliders is moved many times from the start of the explorer; measured is the time from the input event to
the frame after the one in which everything was drawn, as the page's own clock sees it. Needs Chromium and playwright
(``.ci/browser`` shows how they are brought). Run: ``python benchmarks/explorer_latency.py``.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys

import numpy as np

MOVES = """moves => moves.reduce(async (before, [name, value]) => {
    const times = await before;
    const slider = document.getElementById(`slider-${name}`);
    const start = performance.now();
    slider.value = value;
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
    times.push(performance.now() - start);
    await new Promise(done => setTimeout(done, 20));
    return times;
}, Promise.resolve([]))"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moves", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    from olivebranch.games.talks import TalksColumns

    command = [sys.executable, "-m", "olivebranch", "explore", "--no-browser", "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    address = server.stdout.readline().split()[4]
    generator = np.random.default_rng(asked.seed)
    names = generator.choice(TalksColumns._fields, asked.moves).tolist()
    moves = [[name, round(float(value), 2)] for name, value in zip(names, generator.random(asked.moves), strict=True)]
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with contextlib.ExitStack() as stack:
        stack.callback(server.terminate)
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address + "#view=explore")
        page.wait_for_selector(".card")
        times = np.array(page.evaluate(MOVES, moves))
        browser.close()
    for share in (50, 95, 99):
        sys.stdout.write(
            f"slider to painted map and verdict, {share}th percentile: {np.percentile(times, share):.0f} ms\n"
        )
    sys.stdout.write(f"{len(times)} moves, the slowest {times.max():.0f} ms; two frames of 1/60 s are part of each\n")


if __name__ == "__main__":
    main()
