/* One offer, one reply, played against an equilibrium: in the page itself, with the closed forms and nothing else. */
"use strict";
OB.duel = (() => {
  const { h, number, percent, button, beliefBar } = OB.ui;
  const MESSAGES = ["fight", "offer"];
  const TYPES = ["strong", "weak"];
  const ACTS = { fight: "Fight on", offer: "Offer talks" };

  const escalation = (component, message) => (message === "offer" ? component.escalate_after_offer : component.escalate_after_fight)[1];
  const offers = (component, type) => (type === 0 ? component.offer_high : component.offer_low);
  const belief = (component, message) => (message === "offer" ? component.belief_after_offer : component.belief_after_fight);
  /** What each message is worth to a type, where the enemy answers as in the component. */
  const worth = (p, component, type) =>
    Object.fromEntries(MESSAGES.map((m) => {
      const q = escalation(component, m);
      const [held] = OB.forms.payoffs(p, m, false), [hit] = OB.forms.payoffs(p, m, true);
      return [m, (1 - q) * held[type] + q * hit[type]];
    }));
  /** What each reply is worth to the enemy at a belief. */
  const replies = (p, message, strong) =>
    ["hold", "escalate"].map((_, e) => {
      const [, receiver] = OB.forms.payoffs(p, message, e === 1);
      return strong * receiver[0] + (1 - strong) * receiver[1];
    });
  const hold = (message) => (message === "offer" ? "reciprocate" : "hold");

  class Duel {
    /** seat: "sender" (the state that may offer) or "receiver" (its enemy). */
    constructor({ p, component, seat, rounds = 3, onend, random = Math.random }) {
      Object.assign(this, { p, component, seat, rounds, onend, random, log: [], played: 0, score: 0, best: 0 });
      this.node = h("div", { class: "duel" });
      this.next();
    }
    next() {
      this.type = this.random() < this.p.prior_high ? 0 : 1;
      this.message = this.seat === "sender" ? null : this.random() < offers(this.component, this.type) ? "offer" : "fight";
      const hidden = this.seat === "receiver";
      const card = h("div", { class: `playing-card ${hidden ? "hidden" : TYPES[this.type]}`, "data-type": hidden ? "hidden" : TYPES[this.type] },
        h("span", { class: "small" }, hidden ? "Your enemy is" : "You are"), h("b", {}, hidden ? "?" : TYPES[this.type]));
      const options = this.seat === "sender"
        ? MESSAGES.map((m) => button(ACTS[m], () => this.send(m), { class: m === "offer" ? "olive" : "steel", "data-act": m }))
        : [button(this.message === "offer" ? "Reciprocate" : "Hold", () => this.answer(0), { class: "olive", "data-act": "hold" }),
           button("Escalate", () => this.answer(1), { class: "red", "data-act": "escalate" })];
      const tale = this.seat === "sender"
        ? `You know that you are ${TYPES[this.type]}: an escalation would take ${percent(this.type ? this.p.loss_low : this.p.loss_high)} of what you have. Your enemy does not know.`
        : `Your enemy ${this.message === "offer" ? "offers talks" : "fights on"}. Is it strong or weak? You only know that ${percent(this.p.prior_high)} of such states are strong.`;
      OB.ui.fill(this.node, 
        h("p", { class: "small" }, `Round ${this.played + 1} of ${this.rounds}`), card, h("p", {}, tale), h("div", { class: "actions" }, options), this.history());
    }
    send(message) {
      const escalated = this.random() < escalation(this.component, message);
      const [sender] = OB.forms.payoffs(this.p, message, escalated);
      this.message = message;
      const values = worth(this.p, this.component, this.type), top = Math.max(...Object.values(values));
      this.finish(sender[this.type], escalated,
        `You were ${TYPES[this.type]}, you ${message === "offer" ? "offered talks" : "fought on"}, and they ${escalated ? "escalated" : message === "offer" ? "came to the table" : "held"}.`,
        top, MESSAGES.filter((m) => values[m] >= top - 1e-9).map((m) => ACTS[m].toLowerCase()), values[message]);
    }
    answer(escalated) {
      const [, receiver] = OB.forms.payoffs(this.p, this.message, Boolean(escalated));
      const range = belief(this.component, this.message), values = replies(this.p, this.message, range[0]), top = Math.max(...values);
      this.finish(receiver[this.type], Boolean(escalated),
        `They were ${TYPES[this.type]}, they ${this.message === "offer" ? "offered talks" : "fought on"}, and you ${escalated ? "escalated" : this.message === "offer" ? "came to the table" : "held"}.`,
        top, [0, 1].filter((e) => values[e] >= top - 1e-9).map((e) => (e ? "escalate" : hold(this.message))), values[escalated]);
    }
    finish(payoff, escalated, said, best, acts, own) {
      const mine = this.seat === "sender";
      const range = belief(this.component, this.message);
      const [, , afterOffer, afterFight] = OB.forms.solveTalks(this.p).thresholds;
      this.played += 1;
      this.score += payoff;
      this.log.push({ said, payoff, escalated });
      const last = this.played >= this.rounds;
      OB.ui.fill(this.node, 
        h("p", { class: "small" }, `Round ${this.played} of ${this.rounds}`),
        h("p", { class: `outcome ${escalated ? "red" : ""}`, role: "status" }, h("b", {}, said), ` You earned ${number(payoff)}.`),
        h("p", {}, mine ? "What your enemy thought of you. Before: " : "What you could know of your enemy. Before: ", `Pr(strong) = ${number(this.p.prior_high)}.`),
        beliefBar({ range, threshold: this.message === "offer" ? afterOffer : afterFight, label: `After ${this.message === "offer" ? "the offer" : "seeing it fight on"}:` }),
        h("p", { class: "note" }, range[0] !== range[1] ? "Nobody does this in the equilibrium, so Bayes' rule is silent; any of these beliefs supports it. " : "",
          `A best response was to ${acts.join(" or to ")}, worth ${number(best)} on average; what you did was worth ${number(own)}.`),
        h("div", { class: "actions" }, last ? button("Play three more", () => { Object.assign(this, { played: 0, score: 0, log: [] }); this.next(); }, { class: "quiet", "data-act": "again" })
          : button("Next round", () => this.next(), { class: "primary", "data-act": "next" })), this.history());
      this.onround?.(this.log.at(-1));
      if (last) this.onend?.(this.log);
      this.node.querySelector(".actions button")?.focus({ preventScroll: true });
    }
    history() {
      return this.log.length ? h("ol", { class: "log" }, this.log.map((one) =>
        h("li", { class: one.escalated ? "red" : "" }, one.said, " ", h("b", {}, number(one.payoff))))) : null;
    }
  }
  return { Duel, worth, replies, offers, escalation, TYPES };
})();
