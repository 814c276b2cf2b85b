/* The story: seven scenes, each with one control and one thing to discover (docs/explorer.md). */
"use strict";
OB.story = (() => {
  const { h, number, percent, formula, beliefBar, chanceBar, slider, button, toggle, details } = OB.ui;
  const preset = (name) => ({ ...OB.state.presets.get(name).parameters });
  const component = (p, name) => OB.forms.solveTalks(p).equilibria.find((e) => e.name === name);

  /** Who offers first, by type and stage. */
  const hazards = (equilibrium) =>
    h("figure", { class: "hazards" }, h("figcaption", {}, equilibrium.name),
      h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "chance of a first offer by"),
          Object.values(Object.values(equilibrium.hazards)[0])[0].map((_, k) => h("th", { scope: "col" }, `stage ${k + 1}`)))),
        h("tbody", {}, Object.entries(equilibrium.hazards).flatMap(([who, types]) => Object.entries(types).map(([type, row]) =>
          h("tr", {}, h("th", { scope: "row" }, `${who}, ${{ high: "resilient", low: "weak" }[type] ?? type}${{ patron: " (withholds aid)", mediator: " (posts a guarantee)" }[who] ?? ""}`),
            row.map((v) => h("td", {}, v === null ? h("span", { class: "dim" }, "–") : h("span", { class: "cell", style: { "--share": v } }, v.toFixed(2))))))))));

  const paper = (says, model) => h("div", { class: "paper" },
    h("p", {}, h("b", {}, "The paper argues: "), says), h("p", {}, h("b", {}, "In our model: "), model));
  const found = (node, text) => OB.ui.fill(node, h("p", { class: "discovery" }, text));

  const scenes = [
    {
      title: "An offer",
      preset: "desperate-first",
      text: "You are a state at war. A card tells you whether you are strong or weak; your enemy cannot see it. Fight on, or offer talks?",
      build: (box, state) => {
        const p = preset("desperate-first"), out = h("div", { "aria-live": "polite" });
        const duel = new OB.duel.Duel({ p, component: component(p, "low-talks"), seat: "sender", rounds: 3 });
        duel.onround = (one) => {
          if (one.escalated && one.said.includes("you offered")) found(out, "They escalated on your offer: against this enemy, an offer says “I am weak”. Fight on, and it takes you for strong.");
          else if (!one.escalated) found(out, "They held: here only the strong fight on, so silence looks like strength. Offer once, and see what an offer says.");
        };
        box.append(duel.node, out, paper("the least resilient open first, and accept being seen as weak, to avoid defeat.",
          "so it is in this game: the weak offer, take the blow, and are still better off than if they had been hit in the field (low-talks)."));
        return () => OB.forms.solveTalks(p).why[2];
      },
    },
    {
      title: "What an offer says",
      preset: "rival-expectations",
      text: "An offer means what those who make it are. Move the share of strong states, and choose who would offer.",
      build: (box, state, app) => {
        const out = h("div", { role: "status" });
        const who = { strong: true, weak: true };
        const share = slider("prior_high", state.p.prior_high, (name, v) => { state.p[name] = v; app.update(); draw(); }, { prefix: "story-" });
        const check = (key, label) => {
          const input = h("input", { type: "checkbox", checked: true, onchange: () => { who[key] = input.checked; draw(); } });
          return h("label", { class: "check" }, input, " ", label);
        };
        const draw = () => {
          const pi = state.p.prior_high, solution = OB.forms.solveTalks(state.p), mu = solution.thresholds[2];
          const mass = pi * who.strong + (1 - pi) * who.weak;
          if (!mass) { OB.ui.fill(out, h("p", {}, "Nobody offers. What an offer would mean then is the question of the next scene.")); return; }
          const belief = (pi * who.strong) / mass, hit = belief < mu;
          OB.ui.fill(out, beliefBar({ range: [belief, belief], threshold: mu, label: "What the enemy thinks after an offer:" }),
            h("p", { class: `outcome ${hit ? "red" : ""}` }, h("b", {}, hit ? "It escalates." : "It comes to the table."),
              ` Escalating stops paying at the belief ${number(mu)}, the edge of the red part.`),
            h("p", { class: "discovery" }, "The same offer is safe or fatal, depending on who else would make it."));
        };
        box.append(share.node, h("div", { class: "options" }, check("strong", "the strong would offer"), check("weak", "the weak would offer")), out);
        draw();
        return () => [{ says: "The belief after an offer, by Bayes' rule, against the threshold at which escalating stops paying", formula: "μ = π x_H / (π x_H + (1-π) x_L); E[ℓ] (1-s) - (k + g + b_R)", relation: ">", value: NaN, holds: true }, ...OB.forms.solveTalks(state.p).why[0]];
      },
    },
    {
      title: "A silence that holds",
      preset: "fear-of-weakness",
      text: "Everyone fights on, and no offer is ever seen. You set what the enemy would think of one.",
      build: (box) => {
        const out = h("div", { role: "status" });
        let name = "fear-of-weakness", belief = 0.2;
        const input = h("input", { type: "range", min: 0, max: 1, step: 0.01, value: belief, id: "story-belief", oninput: () => { belief = Number(input.value); draw(); } });
        const draw = () => {
          const p = preset(name), solution = OB.forms.solveTalks(p), silent = solution.equilibria.find((e) => e.name === "pool-fight");
          const [, , mu, , alpha] = solution.thresholds, hit = belief < mu;
          const values = [0, 1].map((t) => {
            const fight = OB.duel.worth(p, silent, t).fight;
            return OB.forms.payoffs(p, "offer", hit)[0][t] - fight;
          });
          const holds = values.every((v) => v <= 0);
          OB.ui.fill(out, beliefBar({ range: [belief, belief], threshold: mu, label: "What the enemy would think of an offer:" }),
            h("p", { class: `outcome ${hit ? "red" : ""}` }, h("b", {}, hit ? "It would escalate." : "It would come to the table."),
              ` An offer would gain the strong ${number(values[0])} and the weak ${number(values[1])}: `, h("b", {}, holds ? "the silence holds." : "somebody breaks the silence.")),
            beliefBar({ range: silent.belief_after_offer, threshold: mu, label: "All beliefs that keep everyone silent:" }),
            h("p", { class: "discovery" }, "A whole range of beliefs keeps everyone silent, and nothing that happens can prove one of them wrong. Is it reasonable? ",
              alpha > 0 ? `D1 says yes: the weak gain from an offer under more replies than the strong (α = ${number(alpha)} > 0), so an unexpected offer means weakness.`
                : `D1 says no: the strong gain from an offer under more replies than the weak (α = ${number(alpha)} < 0), so an unexpected offer means strength, and the silence breaks.`));
        };
        box.append(h("div", { class: "slider" }, h("label", { for: "story-belief" }, "The belief that an offer would meet, from surely weak to surely strong"), input),
          toggle("Where", [["fear-of-weakness", "under heavy pressure"], ["hollow-offers", "where little is lost by fighting on"]], name, (v) => { name = v; draw(); }).node,
          out, paper("states stay closed for fear that an offer is read as weakness.", "this silence is an equilibrium wherever escalating on the weak pays; whether it survives D1 turns on the sign of α."));
        draw();
        return () => OB.forms.solveTalks(preset(name)).why[1];
      },
    },
    {
      title: "Five levers",
      preset: "fear-of-weakness",
      text: "Each colour is a set of equilibria. Pull one lever at a time and watch the star: which ones open talks?",
      build: (box, state, app) => {
        const levers = ["escalation_cost", "guarantee", "pressure", "face_cost", "sender_dividend"];
        const claims = {
          escalation_cost: "C1: states open talks when escalating is too costly for the enemy. It is: past (1−s) ℓ_L − g − b_R, both offer, and that is the only equilibrium.",
          guarantee: "C6: a mediator who punishes escalation against an offer works just like a costlier escalation, but only where an offer was made. This is the lever that opens talks without changing the war.",
          pressure: "C7: coercion backfires. More pressure makes α positive, so that silence survives D1; past (λ+s−1) ℓ_L = f the weak alone offer, which marks an offer as weakness.",
          face_cost: "C5: face-saving helps less than hoped. f is no part of what makes the enemy escalate; silence stays an equilibrium however small f is.",
          sender_dividend: "C8: side payments do not cure it. b_S is absent from what a rebuffed offer is worth, so no b_S removes the silence (D1 may).",
        };
        const out = h("div", { role: "status" });
        const map = new OB.map.RegionMap({ onmove: (moves) => { for (const [k, v] of Object.entries(moves)) OB.state.change(state, k, v); app.update(); draw(); } });
        const all = new Map(levers.map((name) => [name, slider(name, state.p[name], (n, v) => { OB.state.change(state, n, v); app.update(); draw(n); }, { prefix: "story-" })]));
        const before = OB.forms.solveTalks(state.p).equilibria.map((e) => e.name).join(" or ");
        const draw = (moved) => {
          map.draw({ p: state.p, x: "guarantee", y: "escalation_cost", shown: state.shown });
          for (const [name, one] of all) one.show(state.p[name]);
          const now = OB.forms.solveTalks(state.p).equilibria;
          OB.ui.fill(out, h("p", { class: "outcome" }, "At the start: ", before, ". Now: ", h("b", { id: "lever-now" }, now.map((e) => `${e.name}${e.d1 ? "" : " (falls to D1)"}`).join(" or ")), "."),
            moved ? h("p", { class: "discovery" }, claims[moved]) : null);
        };
        box.append(h("div", { class: "two" }, h("div", {}, [...all.values()].map((o) => o.node)), map.node), out);
        draw();
        return () => OB.forms.solveTalks(state.p).why[0];
      },
    },
    {
      title: "A signal only the strong can afford",
      preset: "costly-signal",
      text: "Before it offers, a state may demonstrate strength: an offensive, a mobilisation. Set what that costs each type.",
      build: (box, state, app) => {
        const out = h("div", { role: "status" });
        const N = 60, canvas = h("canvas", { width: N, height: N, role: "img", "aria-label": "For which costs the signal works: cost to the strong across, cost to the weak upwards" });
        const star = h("span", { class: "star", "aria-hidden": "true" }, "★");
        const all = ["demonstration_cost_high", "demonstration_cost_low"].map((name) => slider(name, state.p[name], (n, v) => { state.p[n] = v; app.update(); draw(); }, { prefix: "story-" }));
        const draw = () => {
          const p = { ...state.p }, context = canvas.getContext("2d"), image = context.createImageData(N, N);
          const works = (f) => f.fights || f.offers;
          for (let j = 0; j < N; j++) for (let i = 0; i < N; i++) {
            const good = works(OB.forms.demonstrationFlags({ ...p, demonstration_cost_high: (i + 0.5) / N, demonstration_cost_low: (j + 0.5) / N }));
            const at = 4 * ((N - 1 - j) * N + i);
            image.data.set(good ? [0, 158, 115, 255] : [160, 160, 160, 70], at);
          }
          context.putImageData(image, 0, 0);
          star.style.left = `${100 * Math.min(1, p.demonstration_cost_high)}%`;
          star.style.top = `${100 - 100 * Math.min(1, p.demonstration_cost_low)}%`;
          const f = OB.forms.demonstrationFlags(p);
          const cheaper = OB.forms.demonstrationFlags({ ...p, demonstration_cost_low: 1e6 }), dearer = OB.forms.demonstrationFlags({ ...p, demonstration_cost_high: 0 });
          const why = works(f) ? f.fights ? "The strong demonstrate and offer, and are met; the weak fight on." : "The strong demonstrate and offer, and are met; the weak offer plainly."
            : works(cheaper) ? "Too cheap for the weak: they would copy it, and then it says nothing."
            : works(dearer) ? "Too dear for the strong: nobody sends it." : "No price of the signal works in this game.";
          OB.ui.fill(out, h("p", { class: "outcome" }, h("b", { id: "signal-now" }, works(f) ? "The signal works. " : "The signal fails. "), why),
            h("p", { class: "discovery" }, "There is a window: the signal has to be cheap enough for the strong and dear enough for the weak. What counts is the gap between the two."));
        };
        box.append(h("div", { class: "two" }, h("div", {}, all.map((o) => o.node), out),
          h("figure", { class: "window" }, h("div", { class: "plane small" }, canvas, star), h("figcaption", {}, "Green: the signal works. Cost to the strong across, to the weak upwards, both from 0 to 1."))),
          paper("the resilient open talks where a signal exists that only they care to use.", "so it is, within the window (C4); where both pay the same, it fails as soon as the weak gain more from mimicry."));
        draw();
        return () => {
          const p = state.p;
          const works = (high, low) => { const f = OB.forms.demonstrationFlags({ ...p, demonstration_cost_high: high, demonstration_cost_low: low }); return f.fights || f.offers; };
          if (!works(0, 1e6)) return [{ says: "No price of the signal works in this game: escalating pays even on the strong, or they have no need of a signal", formula: "", value: NaN, holds: false }];
          const edge = (good) => { // where it ceases to work
            let low = 0, high = 100;
            for (let k = 0; k < 60; k++) { const middle = (low + high) / 2; if (good(middle)) low = middle; else high = middle; }
            return low;
          };
          const most = edge((cost) => works(cost, 1e6)), least = edge((cost) => !works(0, cost));
          const strong = p.demonstration_cost_high - most, weak = p.demonstration_cost_low - least;
          return [
            { says: `The strong send it if it costs them at most ${number(most)}: what talks are worth to them, less the better of the two plain messages`, formula: "κ_H - (b_S - W_H)", value: strong, holds: strong <= 0 },
            { says: `The weak do not copy it if it costs them at least ${number(least)}`, formula: "κ_L - (b_S - W_L)", value: weak, holds: weak >= 0 },
          ];
        };
      },
    },
    {
      title: "Learners have no beliefs",
      preset: "rival-expectations",
      text: "Sixty learners play again and again, and know only what they have seen. Start them in war, and change how they explore.",
      build: (box, state, app) => {
        const p = preset("rival-expectations"), population = new OB.population.Population();
        population.theory(OB.forms.solveTalks(p));
        const chosen = { exploration: "blind", start: "war" };
        const out = h("div", { "aria-live": "polite" });
        const run = () => {
          const key = `${chosen.exploration}-${chosen.start}`;
          found(out, "Watch them.");
          population.ondone = () => found(out, {
            "blind-war": "They leave the war. Whoever explores blindly offers as often when strong as when weak, so the enemy learns that an offer is no news, and meets it.",
            "loss-war": "They stay at war. Exploring by loss, a type tries an offer the less the more it would lose by it; so rare are the offers that nobody learns better.",
            "blind-nothing": "From nothing they open talks. Now start them in war.",
            "loss-nothing": "From nothing they open talks, however they explore. Now start them in war.",
          }[key]);
          population.recorded(chosen.exploration, chosen.start);
        };
        const live = OB.server.served ? OB.population.trainer({ game: () => ({ ...state, p }), prefix: "story-" }) : null;
        live?.population.theory(OB.forms.solveTalks(p));
        box.append(
          h("div", { class: "options" },
            toggle("Explore", [["blind", "blindly"], ["loss", "by loss"]], chosen.exploration, (v) => { chosen.exploration = v; run(); }).node,
            toggle("Start", [["war", "in war"], ["nothing", "from nothing"]], chosen.start, (v) => { chosen.start = v; run(); }).node,
            button("Train", run, { class: "primary", id: "story-run" })),
          population.node, out,
          h("p", {}, "Exploration is a belief: what an unexpected offer means to a learner is the mixture of those who tried one. ",
            h("span", { class: "dim" }, `A recording of ${OB.data.recorded.learners} Q-learners; dots have the colour of the equilibrium that they play, rings are theory.`)),
          live ? details("Train new ones on this machine", () => live.node) : null);
        box.leave = () => { population.pause(); live?.cancel(); };
        found(out, "Press Train.");
        return () => {
          const solution = OB.forms.solveTalks(p), selection = OB.forms.selectTalks(p, solution);
          return selection.components.find((c) => c.name === "pool-fight").sustained.map((one) => ({ says: `${one.exploration}: ${one.reason}`, formula: "", relation: ">", value: NaN, holds: one.holds }));
        };
      },
    },
    {
      title: "Several periods, and history",
      preset: "war-korea-1951-collapse",
      text: "A war has periods, and two sides that hide their strength. Choose a case and see who offers first in equilibrium.",
      build: (box, state) => {
        const out = h("div", { role: "status" });
        const cases = OB.data.recorded.wars.map((w) => [w.preset, OB.state.presets.get(w.preset).title]);
        const select = OB.ui.choice("Case", cases, "war-korea-1951-collapse", (v) => draw(v), { id: "story-case" });
        const draw = (name) => {
          const war = OB.data.recorded.wars.find((w) => w.preset === name), info = OB.state.presets.get(name);
          OB.ui.fill(out, h("p", {}, info.stands_for),
            hazards(war.equilibria[0]),
            war.equilibria.length > 1 ? details(`${war.equilibria.length - 1} more equilibria were found`, () => war.equilibria.slice(1).map(hazards)) : null,
            h("h3", {}, "What would have to be true for this to be wrong"), h("ul", {}, info.wrong_if.map((t) => h("li", {}, t))));
        };
        box.append(select.node, out,
          h("p", { class: "discovery" }, "In the equilibria found for Korea, Iran and Iraq, Eritrea and Ethiopia, and Ukraine, the weak are as likely as the resilient, or likelier, to have offered by any stage (C10). In those of North Vietnam and of China and India it is often the other way round: C10 is no law of the model. And a patron that withholds aid shows that its will is low, where only the weary do (C11)."),
          h("p", {}, "What the model leaves out: leaders and their publics, bargaining over the terms, allies with aims of their own, and everything that is learned in battle. No real war was one of these games; the numbers are invented for the pattern."));
        draw("war-korea-1951-collapse");
        return () => [{ says: "A war has no closed form. Its equilibria are found by search on the whole tree of the game and polished until nobody gains by deviating, to rounding; there may be others (docs/war.md)", formula: "", value: NaN, holds: true }];
      },
    },
  ];

  const mount = (main, app) => {
    const state = app.state, scene = scenes[state.scene - 1];
    const known = OB.state.presets.get(scene.preset).parameters;
    if (known && state.preset !== scene.preset) { state.p = { ...state.p, ...known }; }
    state.preset = scene.preset;
    const box = h("div", { class: "stage" });
    const go = (n) => app.go({ view: "story", scene: n });
    const mathematics = scene.build(box, state, app);
    const unfolded = h("details", { class: "mathematics", ontoggle: () => {
      if (!unfolded.open) return;
      const list = mathematics();
      OB.ui.fill(unfolded, unfolded.firstChild, h("ul", { class: "conditions" }, list.map((c) => h("li", { class: c.holds ? "holds" : "fails" },
        h("span", { class: "mark", "aria-hidden": "true" }, c.holds ? "✓" : "✗"), h("span", {}, c.says, c.formula ? h("span", { class: "math" }, formula(c.formula), Number.isNaN(c.value) ? "" : ` = ${number(c.value, 4)}`) : null)))),
        h("p", {}, "The proofs are in docs/model.md (section 2 and 3), docs/regions.md and docs/selection.md of the project."));
    } }, h("summary", {}, "Show me the mathematics"));
    const last = OB.state.SCENES;
    OB.ui.fill(main, h("article", { class: "scene", "data-scene": state.scene },
      h("nav", { class: "steps", "aria-label": "Scenes" }, scenes.map((one, k) =>
        button(String(k + 1), () => go(k + 1), { "aria-label": `Scene ${k + 1}: ${one.title}`, "aria-current": k + 1 === state.scene ? "step" : null }))),
      h("p", { class: "small" }, `Scene ${state.scene} of ${last}`), h("h1", {}, scene.title), h("p", { class: "lead" }, scene.text), box, unfolded,
      h("div", { class: "turn" },
        state.scene > 1 ? button("Back", () => go(state.scene - 1), { class: "quiet", id: "back" }) : h("span", {}),
        button("Open this in the explorer", () => app.go({ view: "explore" }), { class: "quiet" }),
        state.scene < last ? button("Next", () => go(state.scene + 1), { class: "primary", id: "next" })
          : button("Explore on your own", () => app.go({ view: "explore" }), { class: "primary", id: "next" }))));
    return { update: () => {}, leave: () => box.leave?.() };
  };
  return { mount, hazards, scenes };
})();
