/* The explorer: sliders, the map, equilibria with reasons, the logit branch, a case from history, and learners. */
"use strict";
OB.explore = (() => {
  const { h, s, number, slider, choice, toggle, details, button, symbol } = OB.ui;

  const branchFigure = (points) => {
    const W = 460, H = 190, left = 30, bottom = 26;
    const logs = points.map((p) => Math.log10(p[0])), [first, last] = [logs[0], logs.at(-1)];
    const x = (v) => left + ((W - left - 8) * (v - first)) / (last - first || 1), y = (v) => 8 + (H - bottom - 8) * (1 - v);
    const lines = [["the strong offer", "line-a"], ["the weak offer", "line-b"], ["escalates on an offer", "line-c"], ["escalates on fighting", "line-d"]];
    const ticks = [];
    for (let t = Math.ceil(first); t <= last; t++) ticks.push(t);
    return h("figure", { class: "branch" },
      s("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `Probabilities along the logit branch; at its end ${lines.map(([name], k) => `${name} ${number(points.at(-1)[k + 1])}`).join(", ")}` },
        [0, 0.5, 1].map((v) => [s("line", { x1: left, x2: W - 8, y1: y(v), y2: y(v), class: "grid" }), s("text", { x: left - 5, y: y(v) + 4, class: "tick", "text-anchor": "end" }, v)]),
        ticks.map((t) => s("text", { x: x(t), y: H - 10, class: "tick", "text-anchor": "middle" }, `10${["⁻²", "⁻¹", "⁰", "¹", "²", "³"][t + 2] ?? `^${t}`}`)),
        lines.map(([, kind], k) => s("polyline", { class: `line ${kind}`, points: points.map((p, i) => `${x(logs[i]).toFixed(1)},${y(p[k + 1]).toFixed(1)}`).join(" ") }))),
      h("figcaption", {}, lines.map(([name, kind]) => h("span", { class: `key ${kind}` }, name)), h("span", { class: "dim" }, "; precision of play runs from left to right")));
  };

  const history = (name) => {
    const preset = OB.state.presets.get(name);
    const record = OB.data.recorded.wars.find((w) => w.preset === name);
    return h("div", { class: "history" },
      h("h3", {}, preset.title), h("p", {}, preset.stands_for), h("p", { class: "dim" }, "Source: ", preset.source),
      preset.facts.length ? details("What is known of the case", () => h("ul", {}, preset.facts.map(([text, url]) =>
        h("li", {}, text, " ", /^https?:\/\//.test(url) ? h("a", { href: url, rel: "noopener noreferrer", target: "_blank" }, new URL(url).hostname) : url)))) : null,
      preset.assumptions.length ? h("div", {}, h("h4", {}, "What is assumed"), h("ul", {}, preset.assumptions.map((t) => h("li", {}, t)))) : null,
      preset.wrong_if.length ? h("div", {}, h("h4", {}, "This reading would be wrong if"), h("ul", {}, preset.wrong_if.map((t) => h("li", {}, t)))) : null,
      record ? details("Who offers first, in its equilibria", () => record.equilibria.map((e) => OB.story.hazards(e))) : null,
      preset.game === "war" ? h("p", { class: "note" }, "This is a war of several periods; the sliders and the map are those of the single offer. Under Play you can fight it.") : null);
  };

  const mount = (main, app) => {
    const state = app.state;
    const changed = (name, value) => { OB.state.change(state, name, value); app.update(); };
    const sliders = new Map(OB.state.talksNames.map((name) => [name, slider(name, state.p[name], changed)]));
    const map = new OB.map.RegionMap({ onmove: (moves) => { for (const [k, v] of Object.entries(moves)) OB.state.change(state, k, v); app.update(); } });
    const axes = OB.state.talksNames.map((name) => [name, `${OB.state.byName.get(name).symbol}  ${OB.state.byName.get(name).words}`]);
    const axis = (key) => choice(key === "x" ? "Across" : "Upwards", axes, state[key], (v) => {
      const other = key === "x" ? "y" : "x";
      if (state[other] === v) { state[other] = state[key]; selects[other].select.value = state[other]; }
      state[key] = v;
      app.update();
    }, { id: `axis-${key}` });
    const selects = { x: axis("x"), y: axis("y") };
    const groups = [["talks", "A single offer"], ["demonstration", "With a demonstration"], ["war", "Wars of several periods"]];
    const presetId = "choice-preset";
    const presetSelect = h("select", { id: presetId, onchange: () => {
      state.preset = presetSelect.value;
      const found = OB.state.presets.get(state.preset);
      if (found.parameters) state.p = { ...state.p, ...found.parameters };
      app.update();
    } }, groups.map(([game, label]) => h("optgroup", { label }, OB.data.presets.filter((p) => p.game === game).map((p) =>
      h("option", { value: p.name, selected: p.name === state.preset }, `${p.name}: ${p.title}`)))));
    const theory = h("div", { class: "equilibria" });
    const beside = h("div", {});
    const numbers = h("div", {});
    const trainer = OB.population.trainer({ game: () => state, map });
    const branch = h("div", { id: "branch" });
    let branchTimer = null, branchRound = 0;
    const branchSoon = () => {
      if (!OB.server.served) { OB.ui.fill(branch, h("p", { class: "note" }, OB.server.MISSING)); return; }
      clearTimeout(branchTimer);
      const mine = ++branchRound;
      if (!branchDetails.open) return;
      branchTimer = setTimeout(async () => {
        branch.setAttribute("aria-busy", "true");
        if (!branch.firstChild) OB.ui.fill(branch, h("p", { class: "note" }, "Following the branch; the first time takes up to a minute."));
        try {
          const parameters = Object.fromEntries(OB.state.talksNames.map((name) => [name, state.p[name]]));
          const found = await OB.server.ask("branch", { parameters });
          if (mine === branchRound) OB.ui.fill(branch, branchFigure(found.points), h("p", { class: "note" }, found.words));
        } catch (error) {
          if (mine === branchRound) OB.ui.fill(branch, h("p", { class: "note" }, `No branch: ${error.message}`));
        }
        branch.removeAttribute("aria-busy");
      }, 250);
    };
    const branchDetails = h("details", { ontoggle: branchSoon }, h("summary", {}, "The quantal-response branch: play that grows more precise"), branch);
    OB.ui.fill(main, 
      h("h1", { class: "sr" }, "Explorer"),
      h("div", { class: "explore" },
        h("div", { class: "column" },
          h("section", { class: "controls", "aria-label": "Parameters" },
            h("div", { class: "choice" }, h("label", { for: presetId }, "Start from a case"), presetSelect),
            [...sliders.values()].map((one) => one.node)),
          h("section", { class: "case", "aria-label": "The case" }, beside)),
        h("div", { class: "column" },
        h("section", { class: "middle", "aria-label": "Map" },
          h("div", { class: "axes" }, selects.x.node, selects.y.node,
            toggle("Show", [["all", "all equilibria"], ["d1", "those that survive D1"]], state.shown, (v) => { state.shown = v; app.update(); }).node),
          map.node, numbers),
        h("section", { class: "learners", "aria-label": "Learners" }, h("h2", {}, "What learners do"), trainer.node, branchDetails)),
        h("section", { class: "theory", "aria-label": "Equilibria" }, h("h2", {}, "What theory says"), theory)));
    let shownPreset = null, theoryTimer = null;
    const update = () => {
      for (const [name, one] of sliders) one.show(state.p[name]);
      map.draw(state);
      const [solution, selection] = OB.equilibria.solve(state.p);
      const open = new Set([...theory.querySelectorAll("details[open]")].map((d) => d.parentElement.dataset.component + d.firstChild.textContent));
      const tell = () => {
        OB.ui.fill(theory, ...OB.equilibria.panel(solution, selection, state.p).flat(Infinity).filter(Boolean));
        for (const d of theory.querySelectorAll("details")) if (open.has(d.parentElement.dataset.component + d.firstChild.textContent)) d.open = true;
      };
      tell();
      OB.ui.fill(numbers, OB.equilibria.thresholds(solution));
      trainer.population.theory(solution);
      trainer.look();
      if (shownPreset !== state.preset) { OB.ui.fill(beside, history(state.preset)); presetSelect.value = state.preset; shownPreset = state.preset; }
      branchSoon();
    };
    return { update, leave: () => { clearTimeout(theoryTimer); trainer.cancel(); } };
  };
  return { mount, history, button, symbol };
})();
