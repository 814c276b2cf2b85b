/* A payoff table from a link: any small signalling game, solved by the machine's own server. */
"use strict";
OB.table = (() => {
  const { h, number } = OB.ui;
  const mount = (main, app) => {
    const { prior, payoffs, types, messages, responses } = app.state.table;
    const name = (list, k, word) => list?.[k] ?? `${word} ${k + 1}`;
    const out = h("div", { role: "status" }, h("p", { class: "note" }, OB.server.served ? "Solving…" : OB.server.MISSING));
    OB.ui.fill(main, h("article", { class: "scene" }, h("h1", {}, "A signalling game from a link"),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Payoff table" }, h("table", { class: "payoffs" }, h("caption", {}, "Payoffs of the sender and the receiver"),
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "type"), payoffs[0].flatMap((m, k) => m.map((_, r) =>
          h("th", { scope: "col" }, name(messages, k, "message"), " / ", name(responses, r, "response")))))),
        h("tbody", {}, payoffs.map((type, t) => h("tr", {}, h("th", { scope: "row" }, `${name(types, t, "type")} (${prior[t]})`),
          type.flatMap((m) => m.map(([a, b]) => h("td", {}, `${a}, ${b}`)))))))), out));
    if (OB.server.served)
      OB.server.ask("table", { table: app.state.table }).then((found) => {
        OB.ui.fill(out, h("h2", {}, `${found.components.length} component${found.components.length === 1 ? "" : "s"} of perfect Bayesian equilibria`),
          ...found.components.map((c) => h("article", { class: "card" }, h("h3", {}, c.name),
            h("p", { class: "chips" }, Object.entries(c.verdicts).map(([rule, good]) => h("span", { class: `chip ${good ? "yes" : "no"}` }, `${rule}: ${good ? "survives" : "falls"}`))),
            c.sends.map(([type, row]) => h("p", {}, `${type}: `, row.map(([m, range]) => `${m} ${range.map((v) => number(v)).join(" to ")}`).join(", "))),
            c.replies.map(([m, row]) => h("p", {}, `after ${m}: `, row.map(([r, range]) => `${r} ${range.map((v) => number(v)).join(" to ")}`).join(", "))))));
      }).catch((error) => OB.ui.fill(out, h("p", { class: "problems" }, error.message)));
    return { update: () => {}, leave: () => {} };
  };
  return { mount };
})();
