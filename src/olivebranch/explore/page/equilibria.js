/* What theory says of one game: its equilibria with beliefs and replies, why each holds or fails, and what selection says. */
"use strict";
OB.equilibria = (() => {
  const { h, number, percent, formula, beliefBar, chanceBar, details } = OB.ui;
  const RELATION = { ">": ">", ">=": "≥", "<": "<", "<=": "≤" };

  const condition = (c) =>
    h("li", { class: c.holds ? "holds" : "fails" },
      h("span", { class: "mark", "aria-hidden": "true" }, c.holds ? "✓" : "✗"),
      h("span", {}, h("span", { class: "sr" }, c.holds ? "Holds: " : "Fails: "), c.says, h("span", { class: "math" },
        formula(c.formula), " = ", h("b", {}, number(c.value, 4)),
        c.holds ? ` ${RELATION[c.relation]} 0` : `, and it would have to be ${RELATION[c.relation]} 0`)));
  const lower = (text) => text.charAt(0).toLowerCase() + text.slice(1);
  const conditions = (list) => h("ul", { class: "conditions" }, list.map(condition));

  const verdict = (text, good, title) => h("span", { class: `chip ${good === null ? "" : good ? "yes" : "no"}`, title }, text);

  const chips = (component, chosen) => {
    const found = [
      verdict(component.d1 ? "survives D1" : "falls to D1", component.d1,
        "D1: an unexpected message is laid at the door of the type that gains from it under more replies"),
      verdict(component.intuitive ? "intuitive" : "not intuitive", component.intuitive, "the intuitive criterion of Cho and Kreps"),
    ];
    if (chosen) {
      found.push(verdict(`index ${chosen.index > 0 ? "+" : ""}${chosen.index}`.replace("-", "−"), null, "sum of the signs of the equilibria nearby when play is perturbed"));
      const [blind, loss] = chosen.sustained;
      found.push(verdict(blind.holds ? "holds if explored blindly" : "leaves if explored blindly", blind.holds, "an equilibrium of play with a few blind mistakes is near"));
      found.push(verdict(loss.holds ? "holds if explored by loss" : "leaves if explored by loss", loss.holds, "an equilibrium of play with mistakes that are the rarer the more they lose is near"));
    }
    return h("p", { class: "chips" }, found);
  };

  const card = (component, solution, selection) => {
    const chosen = selection.components.find((c) => c.name === component.name);
    const [, , afterOffer, afterFight] = solution.thresholds;
    const offPath = component.offer_high === 0 && component.offer_low === 0 ? "offer"
      : component.offer_high === 1 && component.offer_low === 1 ? "fight" : null;
    const note = (message) => (offPath === message ? " (nobody does; any of these beliefs supports it)" : "");
    return h("article", { class: "card", "data-component": component.name, style: { "--colour": OB.data.colours[component.name] } },
      h("h3", {}, component.name), h("p", { class: "meaning" }, OB.data.meanings[component.name]),
      chips(component, chosen),
      h("div", { class: "pair" },
        h("div", {},
          h("h4", {}, "The state"),
          chanceBar("strong: offers", component.offer_high), chanceBar("weak: offers", component.offer_low)),
        h("div", {},
          h("h4", {}, "The enemy escalates"),
          chanceBar("after an offer", component.escalate_after_offer, "red"),
          chanceBar("after fighting", component.escalate_after_fight, "red"))),
      beliefBar({ range: component.belief_after_offer, threshold: afterOffer, label: `What the enemy thinks after an offer${note("offer")}:` }),
      beliefBar({ range: component.belief_after_fight, threshold: afterFight, label: `After fighting${note("fight")}:` }),
      details("Why it holds", () => conditions(solution.why[component.row])),
      chosen ? details("What selection says", () =>
        h("dl", {},
          h("dt", {}, `Index ${chosen.index}`), h("dd", {}, chosen.index_reason, "."),
          chosen.sustained.map((one) => [
            h("dt", {}, one.exploration === "type-blind" ? "Blind exploration" : "Exploration by loss, ever colder", one.holds ? ": sustains it" : ": does not sustain it"),
            h("dd", {}, one.reason, ".")]),
          chosen.stability.map((one) => [h("dt", {}, `Under ${one.dynamics} dynamics: ${one.label}`), h("dd", {}, one.reason, ".")]))) : null);
  };

  const headline = (solution, p) => {
    const names = solution.equilibria.map((e) => e.name);
    if (!names.length) return "No row of the table holds here, for the game stands on a knife edge; `olivebranch solve` has the exact equilibria.";
    const n = names.length === 1 ? "One equilibrium" : `${["", "", "Two", "Three", "Four"][names.length] ?? names.length} equilibria`;
    const chance = (e) => (p.prior_high * e.offer_high + (1 - p.prior_high) * e.offer_low) * (1 - e.escalate_after_offer[1]);
    const each = solution.equilibria.map((e) => `${e.name} (talks open in ${percent(chance(e))} of plays)`);
    return `${n}: ${each.join("; ")}.`;
  };

  /** Everything about a game, as nodes. */
  const panel = (solution, selection, p) => {
    const existing = new Set(solution.equilibria.map((e) => e.row));
    const limit = selection.logit_limit;
    return [
      h("p", { class: "headline", id: "verdict", role: "status" }, headline(solution, p)),
      solution.knife_edges.length
        ? h("p", { class: "note" }, "Knife edge: ", solution.knife_edges.join("; "), ". Components may widen or merge here; the table holds literally. Move a slider by a hair.")
        : h("p", { class: "note" }, limit ? `From uniform play, logit play tends to ${limit} as it grows precise (the only one of index +1).`
          : "Several equilibria have index +1: where logit play ends depends on the whole branch, see below."),
      solution.equilibria.map((component) => card(component, solution, selection)),
      h("section", { class: "others" }, h("h3", {}, "Why not the others?"),
        OB.forms.ROWS.map((name, row) => existing.has(row) ? null
          : absent(name, row, solution))),
    ];
  };
  const absent = (name, row, solution) => {
    const failing = solution.why[row].find((c) => !c.holds) ?? { says: "" };
    const title = [h("i", { class: "swatch", style: { background: OB.data.colours[name] } }), name, ": ",
      h("span", { class: "dim" }, "it would need that ", lower(failing.says.replace(/:.*/, "")))];
    const node = details(title, () => [h("p", {}, OB.data.meanings[name]), conditions(solution.why[row])]);
    node.dataset.absent = name;
    return node;
  };
  const solve = (p) => {
    const solution = OB.forms.solveTalks(p);
    return [solution, OB.forms.selectTalks(p, solution)];
  };
  const thresholds = (solution) => {
    const [k_T, k_F, mu_T, mu_F, alpha] = solution.thresholds;
    const row = (name, value, words) => h("div", {}, h("dt", {}, formula(name), " = ", number(value)), h("dd", {}, words));
    return h("dl", { class: "thresholds" },
      row("μ_T", mu_T, "belief in strength below which the enemy escalates on an offer"),
      row("μ_F", mu_F, "belief below which it escalates on fighting"),
      row("k_T", k_T, "loss above which escalating on an offer pays"),
      row("k_F", k_F, "loss above which escalating on fighting pays"),
      row("α", alpha, alpha > 0 ? "positive: D1 reads an unexpected offer as weakness" : "negative: D1 reads an unexpected offer as strength"));
  };
  return { panel, card, conditions, solve, thresholds, headline, percent };
})();
