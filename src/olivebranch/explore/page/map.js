/* The region map: which equilibria exist over two parameters, with the game's own point on it. */
"use strict";
OB.map = (() => {
  const { h, number, symbol } = OB.ui;
  const CELLS = 180;
  const rgb = OB.data.setColours.map((c) => [1, 3, 5].map((k) => parseInt(c.slice(k, k + 2), 16)));
  const ALL = 511;

  /** As theory.talks.regions.default_range. */
  const rangeOf = (name, p) => {
    if (name === "loss_high") return [0, p.loss_low];
    if (name === "loss_low") return [p.loss_high, 1];
    const info = OB.state.byName.get(name);
    return [info.low, info.high === null ? Math.max(1, 1.5 * p[name]) : info.high];
  };
  const namesOf = (code) => OB.forms.ROWS.filter((_, row) => (code >> row) & 1);

  class RegionMap {
    constructor({ onmove, legend = true, axes = true }) {
      this.onmove = onmove;
      this.canvas = h("canvas", { width: CELLS, height: CELLS, class: "cells", "aria-hidden": "true" });
      this.star = h("button", { class: "star", type: "button", "aria-label": "this game's place on the map; move it with the arrow keys" }, "★");
      this.dots = h("div", { class: "dots", "aria-hidden": "true" });
      this.labels = h("div", { class: "labels", "aria-hidden": "true" });
      this.plane = h("div", { class: "plane" }, this.canvas, this.labels, this.dots, this.star);
      this.xName = h("div", { class: "axis-x" });
      this.yName = h("div", { class: "axis-y" });
      this.xEnds = h("div", { class: "ends-x", "aria-hidden": "true" });
      this.yEnds = h("div", { class: "ends-y", "aria-hidden": "true" });
      this.legend = h("ul", { class: "legend", "aria-label": "What the colours of the map mean" });
      this.node = h("div", { class: "map" },
        h("div", { class: `frame${axes ? "" : " bare"}` }, this.yName, this.yEnds, this.plane, this.xEnds, this.xName), legend ? this.legend : null);
      this.plane.addEventListener("pointerdown", (event) => { this.plane.setPointerCapture(event.pointerId); this.drag(event); });
      this.plane.addEventListener("pointermove", (event) => { if (event.buttons) this.drag(event); });
      this.star.addEventListener("keydown", (event) => this.key(event));
    }
    drag(event) {
      const box = this.plane.getBoundingClientRect();
      const part = (v) => Math.min(1, Math.max(0, v));
      this.moveTo(part((event.clientX - box.left) / box.width), part(1 - (event.clientY - box.top) / box.height));
    }
    key(event) {
      const step = event.shiftKey ? 0.1 : 0.02;
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      if (!(event.key in moves)) return;
      event.preventDefault();
      const [dx, dy] = moves[event.key];
      const part = (v) => Math.min(1, Math.max(0, v));
      this.moveTo(part(this.at[0] + dx), part(this.at[1] + dy));
    }
    moveTo(u, v) {
      const value = (name, [low, high], share) => {
        const p = OB.state.byName.get(name);
        let found = +(low + (high - low) * share).toFixed(3);
        const top = p.high !== null && !p.high_in ? p.high - 0.005 : high;
        found = Math.min(found, top);
        return Math.max(found, p.low_in ? low : 0.005);
      };
      this.onmove({ [this.x]: value(this.x, this.xRange, u), [this.y]: value(this.y, this.yRange, v) });
    }
    /** Paint the map of a state. Returns the set of components at the point, as a number. */
    draw({ p, x, y, shown }) {
      const [xRange, yRange] = [rangeOf(x, p), rangeOf(y, p)];
      Object.assign(this, { x, y, xRange, yRange });
      const cells = OB.forms.regionMap(p, x, y, xRange, yRange, CELLS, CELLS);
      const shift = shown === "d1" ? 9 : 0;
      const context = this.canvas.getContext("2d");
      const image = context.createImageData(CELLS, CELLS);
      const counts = new Map(), codes = new Int32Array(cells.length);
      for (let k = 0; k < cells.length; k++) {
        codes[k] = cells[k] < 0 ? -1 : (cells[k] >> shift) & ALL;
        counts.set(codes[k], (counts.get(codes[k]) ?? 0) + 1);
      }
      for (let j = 0; j < CELLS; j++)
        for (let i = 0; i < CELLS; i++) {
          const k = j * CELLS + i, code = codes[k], at = 4 * ((CELLS - 1 - j) * CELLS + i);
          const edge = (i + 1 < CELLS && codes[k + 1] !== code) || (j + 1 < CELLS && codes[k + CELLS] !== code);
          const [r, g, b] = code < 0 ? [128, 128, 128] : rgb[code];
          const dim = edge ? 0.45 : 1;
          image.data[at] = r * dim;
          image.data[at + 1] = g * dim;
          image.data[at + 2] = b * dim;
          image.data[at + 3] = code < 0 ? 60 : 255;
        }
      context.putImageData(image, 0, 0);
      this.at = [(p[x] - xRange[0]) / (xRange[1] - xRange[0]), (p[y] - yRange[0]) / (yRange[1] - yRange[0])];
      this.star.style.left = `${100 * this.at[0]}%`;
      this.star.style.top = `${100 * (1 - this.at[1])}%`;
      const axis = (name) => { const info = OB.state.byName.get(name); return [symbol(info.symbol), " ", info.words]; };
      this.xName.replaceChildren(h("span", {}, axis(x)));
      this.yName.replaceChildren(h("span", {}, axis(y)));
      this.xEnds.replaceChildren(h("span", {}, number(xRange[0])), h("span", {}, number(xRange[1])));
      this.yEnds.replaceChildren(h("span", {}, number(yRange[1])), h("span", {}, number(yRange[0])));
      this.regions = [...counts].filter(([code, n]) => code >= 0 && n > 8).sort((a, b) => b[1] - a[1]);
      this.legend.replaceChildren(...this.regions.slice(0, 9).map(([code]) =>
        h("li", {}, h("i", { class: "swatch", style: { background: OB.data.setColours[code] } }), namesOf(code).join(" or ") || "none")));
      this.place(codes);
      return codes;
    }
    /** Write each large region's name where it has most room. */
    place(codes) {
      const room = new Float32Array(codes.length), big = 1e6;
      const at = (i, j) => (i < 0 || j < 0 || i >= CELLS || j >= CELLS ? -2 : codes[j * CELLS + i]);
      const get = (i, j) => (i < 0 || j < 0 || i >= CELLS || j >= CELLS ? 0 : room[j * CELLS + i]);
      for (let j = 0; j < CELLS; j++)
        for (let i = 0; i < CELLS; i++) {
          const c = codes[j * CELLS + i];
          room[j * CELLS + i] = at(i - 1, j) !== c || at(i, j - 1) !== c ? 1 : Math.min(get(i - 1, j), get(i, j - 1), big) + 1;
        }
      const best = new Map();
      for (let j = CELLS - 1; j >= 0; j--)
        for (let i = CELLS - 1; i >= 0; i--) {
          const k = j * CELLS + i, c = codes[k];
          const back = at(i + 1, j) !== c || at(i, j + 1) !== c ? 1 : Math.min(get(i + 1, j), get(i, j + 1)) + 1;
          room[k] = Math.min(room[k], back);
          if (c < 0) continue;
          const known = best.get(c);
          if (!known || room[k] > known[0]) best.set(c, [room[k], [[i, j]]]);
          else if (room[k] === known[0]) known[1].push([i, j]);
        }
      for (const [, entry] of best) { // of many places with as much room, the one in their middle
        const all = entry[1], mean = [0, 1].map((axis) => all.reduce((total, place) => total + place[axis], 0) / all.length);
        const far = ([i, j]) => (i - mean[0]) ** 2 + (j - mean[1]) ** 2;
        entry.push(...all.reduce((a, b) => (far(b) < far(a) ? b : a)));
      }
      const pixels = (this.plane.clientWidth || 400) / CELLS;
      const fits = (code, size) => size * pixels > 16 && 3.1 * Math.max(...namesOf(code).map((n) => n.length)) < 1.5 * size * pixels;
      this.labels.replaceChildren(...[...best].filter(([code, [size]]) => code > 0 && fits(code, size)).map(([code, [, , i, j]]) =>
        h("span", { style: { left: `${(100 * (i + 0.5)) / CELLS}%`, top: `${100 - (100 * (j + 0.5)) / CELLS}%`, color: OB.ui.ink(OB.data.setColours[code]) } },
          namesOf(code).flatMap((name, k) => (k ? [h("br"), name] : [name])))));
    }
    /** Learners at places of their own, coloured by the equilibrium that each plays. */
    showDots(places, nearest) {
      const [x0, x1] = this.xRange, [y0, y1] = this.yRange;
      this.labels.hidden = true; // the legend names the colours
      if (!this.legend.querySelector(".nowhere"))
        this.legend.append(h("li", { class: "nowhere" }, h("i", { class: "swatch round", style: { background: "#000" } }), "a learner near no equilibrium; others have the colour of theirs"));
      this.dots.replaceChildren(...places.map(([x, y], k) =>
        h("i", { style: { left: `${(100 * (x - x0)) / (x1 - x0)}%`, top: `${100 - (100 * (y - y0)) / (y1 - y0)}%`,
          background: nearest[k] < 0 ? "#000" : OB.data.colours[OB.forms.ROWS[nearest[k]]] } })));
    }
    hideDots() { this.labels.hidden = false; this.dots.replaceChildren(); }
  }
  return { RegionMap, rangeOf, namesOf };
})();
