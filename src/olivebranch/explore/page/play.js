/* Play: the single offer in the page, wars of several periods against the machine's own server. */
"use strict";
OB.play = (() => {
  const { h, number, percent, choice, toggle, button, beliefBar } = OB.ui;

  const local = (box, app) => {
    const state = app.state, names = OB.forms.solveTalks(state.p).equilibria.map((e) => e.name);
    const chosen = { seat: "sender", name: names[0] };
    const table = h("div", {});
    const start = () => {
      const component = OB.forms.solveTalks(state.p).equilibria.find((e) => e.name === chosen.name);
      if (!component) { OB.ui.fill(table, h("p", {}, "No equilibrium is known here: the game stands on a knife edge.")); return; }
      OB.ui.fill(table, new OB.duel.Duel({ p: { ...state.p }, component, seat: chosen.seat, rounds: 3 }).node);
    };
    box.append(h("p", {}, "The game is that of the explorer, at its present numbers."),
      h("div", { class: "options" },
        toggle("You are", [["sender", "the state that may offer"], ["receiver", "its enemy"]], "sender", (v) => { chosen.seat = v; start(); }).node,
        choice("Against", names.map((n) => [n, `${n}: ${OB.data.meanings[n]}`]), names[0], (v) => { chosen.name = v; start(); }, { id: "against" }).node), table);
    start();
  };

  const remote = (box, app) => {
    if (!OB.server.served) { box.append(h("p", { class: "note" }, OB.server.MISSING)); return; }
    const games = ["war", "demonstration", "talks"].flatMap((kind) => OB.data.presets.filter((p) => p.game === kind));
    const asked = { game: OB.state.presets.get(app.state.preset).game === "war" ? app.state.preset : "war-example", seat: "", opponent: "" };
    const table = h("div", { class: "duel" }), status = h("p", { class: "note", role: "status" });
    const seats = h("div", {}), opponents = h("div", {});
    const tell = (error) => { status.textContent = error.message; };
    const list = async () => {
      status.textContent = "Looking for the equilibria of this game; that takes a moment.";
      seats.replaceChildren();
      opponents.replaceChildren();
      table.replaceChildren();
      try {
        const found = await OB.server.ask("play/choices", { game: asked.game });
        asked.seat = found.seats[0];
        asked.opponent = found.opponents[0];
        OB.ui.fill(seats, toggle("You are", found.seats.map((n) => [n, n]), asked.seat, (v) => { asked.seat = v; }).node);
        OB.ui.fill(opponents, choice("Against", found.opponents.map((n) => [n, n.replace(/^equilibrium:/, "")]), asked.opponent, (v) => { asked.opponent = v; }, { id: "war-against" }).node);
        status.textContent = "";
      } catch (error) { tell(error); }
    };
    const begin = async () => {
      try { show(await OB.server.ask("play/start", { ...asked, seed: Math.floor(Math.random() * 1e9) })); } catch (error) { tell(error); }
    };
    const act = async (id, action) => {
      try { show(await OB.server.ask("play/act", { id, action })); } catch (error) { tell(error); }
    };
    const show = (news) => {
      status.textContent = "";
      const story = h("ol", { class: "log" }, news.log.map((line) => h("li", { class: /escalates/.test(line) ? "red" : "" }, line)));
      if (!news.finished)
        OB.ui.fill(table, h("div", { class: `playing-card ${news.type}` }, h("span", { class: "small" }, `${news.seat}, you are`), h("b", {}, news.type)),
          h("p", {}, news.situation), h("div", { class: "actions" }, news.legal.map(([n, name]) =>
            button(name, () => act(news.id, n), { "data-act": name, class: /ESCALATE/.test(name) ? "red" : /OFFER/.test(name) ? "olive" : "steel" }))), story);
      else
        OB.ui.fill(table, h("p", { class: "outcome", role: "status" }, h("b", {}, news.situation), ` You earned ${number(news.earned)}.`), story,
          h("h3", {}, "What they believed about you"),
          news.steps.map((step) => h("div", {}, h("p", {}, `${step.when}: you played ${step.action}.`,
              step.values ? ` Worth on average, if you went on as well as you can: ${step.values.map(([name, v]) => `${name} ${number(v)}`).join(", ")}.` : ""),
            step.believed.map((one) => (one.belief === null ? h("p", { class: "note" }, `${one.who}: this was never expected of you, and Bayes' rule is silent.`)
              : h("p", { class: "note" }, `${one.who} then believed: ${one.belief.map(([type, v]) => `${type} ${percent(v)}`).join(", ")}.`))))),
          h("p", {}, `As ${news.type}, a best response to them earns ${number(news.best)} on average over all that they may be.`),
          h("div", { class: "actions" }, button("Again", begin, { class: "primary" })));
    };
    box.append(h("div", { class: "options" }, choice("Game", games.map((w) => [w.name, `${w.name}: ${w.title}`]), asked.game, (v) => { asked.game = v; list(); }, { id: "war" }).node, seats, opponents,
      button("Begin", begin, { class: "primary", id: "begin" })), status, table);
    list();
  };

  const mount = (main, app) => {
    const box = h("div", { class: "stage" });
    const open = (which) => { box.replaceChildren(); (which === "war" ? remote : local)(box, app); };
    const which = OB.state.presets.get(app.state.preset).game === "war" ? "war" : "offer";
    OB.ui.fill(main, h("article", { class: "scene" }, h("h1", {}, "Play"), h("p", { class: "lead" }, "Play one side against an equilibrium or a policy; afterwards you see what it believed of you, and what a best response would have earned."),
      toggle("Game", [["offer", "a single offer"], ["war", "a war, or any other case, against the machine"]], which, open).node, box));
    open(which);
    return { update: () => {}, leave: () => {} };
  };
  return { mount, beliefBar };
})();
