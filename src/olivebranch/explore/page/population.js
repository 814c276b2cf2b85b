/* A population of learners: what they do as dots, what theory says as rings, over the course of their training. */
"use strict";
OB.population = (() => {
  const { h, s, button, toggle, calm } = OB.ui;
  const ROWS = OB.forms.ROWS;
  const SIZE = 260;
  const colourOf = (row) => (row < 0 ? "var(--nowhere)" : OB.data.colours[ROWS[row]]);

  /** A square of two probabilities from 0 to 1. */
  const square = (title, xText, yText) => {
    const dots = s("g", {}), rings = s("g", {});
    const svg = s("svg", { viewBox: `-20 -20 ${SIZE + 40} ${SIZE + 40}`, role: "img", "aria-label": `${title}: ${xText} across, ${yText} upwards` },
      s("rect", { x: 0, y: 0, width: SIZE, height: SIZE, class: "ground" }),
      [0.25, 0.5, 0.75].map((t) => [
        s("line", { x1: t * SIZE, x2: t * SIZE, y1: 0, y2: SIZE, class: "grid" }),
        s("line", { y1: t * SIZE, y2: t * SIZE, x1: 0, x2: SIZE, class: "grid" })]),
      rings, dots);
    const node = h("figure", { class: "square" }, h("figcaption", {}, title),
      h("div", { class: "square-frame" }, h("span", { class: "up" }, yText), svg, h("span", { class: "across" }, xText)));
    const at = (x, y) => [x * SIZE, (1 - y) * SIZE];
    return {
      node,
      /** Rings: [x, y, colour, name], where x and y may be intervals. */
      ring(list) {
        rings.replaceChildren(...list.map(([x, y, colour, name]) => {
          const [x0, x1] = [x].flat().length === 2 ? x : [x, x], [y0, y1] = [y].flat().length === 2 ? y : [y, y];
          const [left, top] = at(x0, y1), [right, bottom] = at(x1, y0);
          return s("rect", { x: left - 17, y: top - 17, width: right - left + 34, height: bottom - top + 34, rx: 17, class: "ring", style: { stroke: colour } }, s("title", {}, name));
        }));
      },
      dots(points, colours) {
        while (dots.childNodes.length > points.length) dots.lastChild.remove();
        while (dots.childNodes.length < points.length) dots.append(s("circle", { r: 3.6, class: "learner" }));
        points.forEach(([x, y], k) => {
          const a = 2.39996 * k, r = 13 * Math.sqrt((k + 0.5) / points.length); // side by side where many are alike
          const [px, py] = at(x, y), [cx, cy] = [px + r * Math.cos(a), py + r * Math.sin(a)];
          const dot = dots.childNodes[k];
          dot.style.transform = `translate(${cx}px, ${cy}px)`;
          dot.style.fill = colours[k];
        });
      },
    };
  };

  class Population {
    constructor() {
      this.frames = [];
      this.sender = square("What the states do", "the weak offer", "the strong offer");
      this.receiver = square("What the enemy does", "escalates on fighting", "escalates on an offer");
      this.tally = h("div", { class: "tally" });
      this.words = h("p", { class: "words", role: "status" });
      this.stale = h("p", { class: "note", hidden: true }, "The dots are of the game as it was when the training began; train again for the present one.");
      this.scrub = h("input", { type: "range", min: 0, max: 0, value: 0, "aria-label": "Time in training", oninput: () => { this.pause(); this.show(Number(this.scrub.value)); } });
      this.playing = button("Play again", () => (this.timer ? this.pause() : this.replay()), { class: "quiet" });
      this.clock = h("span", { class: "clock" });
      this.node = h("div", { class: "population" },
        h("div", { class: "squares" }, this.sender.node, this.receiver.node),
        h("div", { class: "time" }, this.playing, this.scrub, this.clock), this.tally, this.words, this.stale);
    }
    theory(solution) {
      const of = (e) => [OB.data.colours[e.name], e.name];
      this.sender.ring(solution.equilibria.map((e) => [e.offer_low, e.offer_high, ...of(e)]));
      this.receiver.ring(solution.equilibria.map((e) => [e.escalate_after_fight, e.escalate_after_offer, ...of(e)]));
    }
    clear() { this.pause(); this.frames = []; this.scrub.max = 0; this.sender.dots([], []); this.receiver.dots([], []); this.tally.replaceChildren(); this.words.textContent = ""; this.clock.textContent = ""; }
    add(frame, follow = true) {
      this.frames.push(frame);
      this.scrub.max = this.frames.length - 1;
      if (follow && !this.timer) this.show(this.frames.length - 1);
    }
    show(k) {
      const frame = this.frames[k];
      if (!frame) return;
      this.scrub.value = k;
      const colours = frame.nearest.map(colourOf);
      this.sender.dots(frame.play.map(([high, low]) => [low, high]), colours);
      this.receiver.dots(frame.play.map(([, , offer, fight]) => [fight, offer]), colours);
      this.clock.textContent = `${frame.plays.toLocaleString("en")} plays each`;
      this.scrub.setAttribute("aria-valuetext", this.clock.textContent);
      const counts = new Map();
      for (const row of frame.nearest) counts.set(row, (counts.get(row) ?? 0) + 1);
      const sorted = [...counts].sort((a, b) => b[1] - a[1]), n = frame.nearest.length;
      this.tally.replaceChildren(...sorted.map(([row, c]) =>
        h("i", { style: { width: `${(100 * c) / n}%`, background: colourOf(row), color: row < 0 ? "#fff" : OB.ui.ink(OB.data.colours[ROWS[row]]) }, title: row < 0 ? "near none" : ROWS[row] }, c / n > 0.12 ? c : "")));
      const told = sorted.map(([row, c]) => `${c} of ${n} ${row < 0 ? "near no equilibrium" : `play ${ROWS[row]}`}`).join(", ");
      if (k === this.frames.length - 1 || !this.timer) this.words.textContent = `After ${this.clock.textContent}: ${told}.`;
      this.onshow?.(frame, k);
    }
    replay() {
      this.pause();
      if (calm()) { this.show(this.frames.length - 1); this.ondone?.(); return; } // no motion for those who asked for none
      let k = 0;
      this.playing.textContent = "Pause";
      this.timer = setInterval(() => {
        this.show(k);
        if (++k >= this.frames.length) { this.pause(); this.ondone?.(); }
      }, 350);
      this.show(0);
    }
    pause() { clearInterval(this.timer); this.timer = null; this.playing.textContent = "Play again"; }
    /** A training that was recorded when the page was made. */
    recorded(exploration, start) {
      const found = OB.data.recorded.trainings.find((t) => t.exploration === exploration && t.start === start);
      this.clear();
      for (const f of found.frames) {
        const play = f.nearest.map((_, k) => f.percent.slice(4 * k, 4 * k + 4).map((v) => v / 100));
        this.add({ plays: f.plays, play, nearest: f.nearest }, false);
      }
      this.replay();
    }
  }

  /** Choices, a train button with progress and cancel, and the population. `game()` gives the state of the page. */
  const trainer = ({ game, map, prefix = "" }) => {
    const population = new Population();
    const chosen = { exploration: "blind", start: "nothing", place: "here" };
    const bar = h("progress", { max: 1, value: 0, hidden: true, "aria-label": "Progress of the training" });
    const status = h("p", { class: "note", role: "status" });
    let job = null, round = 0, trainedOn = null, trainedWhere = "here";
    const gameNow = () => { const { p, x, y } = game(); return JSON.stringify([OB.state.talksNames.map((name) => p[name]), trainedWhere === "map" ? [x, y] : 0]); };
    /** Say so where the game is no longer the one that was trained on. */
    const look = () => {
      const other = trainedOn !== null && trainedOn !== gameNow();
      population.stale.hidden = !other;
      if (other) map?.hideDots();
    };
    const go = button("Train here", () => train(), { class: "primary", id: `${prefix}train` });
    const stop = button("Cancel", () => cancel(), { hidden: true, id: `${prefix}cancel` });
    const length = OB.ui.choice("Plays each", [["10000", "10,000"], ["100000", "100,000"], ["1000000", "1,000,000"]], "100000", () => {}, { id: `${prefix}plays` });
    const busy = (yes) => { go.disabled = yes; stop.hidden = !yes; bar.hidden = !yes; };
    const cancel = async () => {
      const before = job;
      job = null;
      round += 1;
      busy(false);
      status.textContent = "Cancelled.";
      if (before) await OB.server.ask("train/cancel", { id: before }).catch(() => {});
    };
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    const train = async () => {
      const state = game(), mine = ++round;
      population.clear();
      map?.hideDots();
      trainedWhere = chosen.place;
      trainedOn = gameNow();
      look();
      busy(true);
      bar.removeAttribute("value");
      status.textContent = "Starting a process for the learners; the first time after an installation takes up to a minute.";
      const parameters = Object.fromEntries(OB.state.talksNames.map((name) => [name, state.p[name]]));
      try {
        const { id } = await OB.server.ask("train", { parameters, ...chosen, x: state.x, y: state.y, plays: Number(length.select.value), learners: chosen.place === "map" ? 300 : 100 });
        if (mine !== round) { await OB.server.ask("train/cancel", { id }); return; }
        job = id;
        let places = [], looks = 1;
        population.onshow = (frame) => { if (places.length && trainedOn === gameNow()) map?.showDots(places, frame.nearest); };
        for (let at = 0; ;) {
          const news = await OB.server.ask("train/news", { id, since: at });
          if (mine !== round) return;
          if (news.looks) { looks = news.looks.length; places = news.places; }
          for (const frame of news.frames) population.add(frame);
          at += news.frames.length;
          if (news.frames.length) { bar.value = at / looks; status.textContent = `Training: ${at} of ${looks} looks.`; }
          if (news.failed) throw new Error(news.failed);
          if (news.done && at >= looks) break;
          await wait(80);
        }
        status.textContent = "Trained. Drag the time to look back.";
      } catch (error) {
        if (mine === round) status.textContent = `No training: ${error.message}`;
      }
      if (mine === round) { job = null; busy(false); }
    };
    const options = h("div", { class: "options" },
      toggle("Explore", [["blind", "blindly (ε-greedy)"], ["loss", "by loss (Boltzmann)"]], "blind", (v) => { chosen.exploration = v; }).node,
      toggle("Start", [["nothing", "from nothing"], ["war", "in war"]], "nothing", (v) => { chosen.start = v; }).node,
      map ? toggle("Where", [["here", "100 learners here"], ["map", "300 all over the map"]], "here", (v) => { chosen.place = v; }).node : null,
      length.node);
    const node = h("section", { class: "train" },
      OB.server.served ? [options, h("div", { class: "actions" }, go, stop, bar), status] : h("p", { class: "note" }, OB.server.MISSING), population.node);
    return { node, population, look, cancel: () => { if (job) cancel(); } };
  };
  return { Population, trainer };
})();
