/* The state of the page as a link, and back. A link holds numbers, names from lists and a payoff table; nothing in it is
   ever run, opened or fetched. */
"use strict";
OB.state = (() => {
  const VIEWS = ["story", "explore", "play", "table"];
  const SCENES = 7;
  const LARGEST = 4000; // characters of a link
  const SHOWN = ["all", "d1"];
  const parameters = OB.data.parameters;
  const byName = new Map(parameters.map((p) => [p.name, p]));
  const talksNames = parameters.filter((p) => p.talks).map((p) => p.name);
  const presets = new Map(OB.data.presets.map((p) => [p.name, p]));
  const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
  const show = (text) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

  const range = (p) =>
    `a number in ${p.low_in ? "[" : "("}${p.low}, ${p.high === null ? "inf" : p.high}${p.high_in ? "]" : ")"}`;
  const inRange = (p, v) =>
    Number.isFinite(v) && (p.low_in ? v >= p.low : v > p.low) && (p.high === null || (p.high_in ? v <= p.high : v < p.high));

  const initial = () => ({
    view: "story",
    scene: 1,
    preset: OB.data.start,
    p: { ...presets.get(OB.data.start).parameters, demonstration_cost_high: 0.1, demonstration_cost_low: 0.7 },
    x: "pressure",
    y: "escalation_cost",
    shown: "all",
    table: null,
  });

  /** A payoff table of a signalling game: prior, and payoffs by type, message and response. Throws a message. */
  const readTable = (text) => {
    let given;
    try {
      given = JSON.parse(text);
    } catch {
      throw `table = ${show(text)}: expected a payoff table as JSON`;
    }
    const keys = ["prior", "payoffs", "types", "messages", "responses"];
    if (given === null || typeof given !== "object" || Array.isArray(given))
      throw "table: expected an object with prior and payoffs";
    for (const key of Object.keys(given))
      if (!keys.includes(key)) throw `table.${key.slice(0, 40)}: expected one of ${keys.join(", ")}`;
    const list = (value, key, most = 6) => {
      if (!Array.isArray(value) || value.length < 1 || value.length > most)
        throw `table.${key}: expected a list of 1 to ${most} entries`;
      return value;
    };
    const number = (value, key) => {
      if (typeof value === "number" && Number.isFinite(value)) return value;
      if (typeof value === "string" && /^[+-]?\d{1,9}\/[1-9]\d{0,8}$/.test(value)) return value;
      throw `table.${key} = ${show(String(JSON.stringify(value)))}: expected a number or a fraction such as "1/3"`;
    };
    const prior = list(given.prior, "prior").map((v, k) => number(v, `prior[${k}]`));
    const payoffs = list(given.payoffs, "payoffs").map((type, t) =>
      list(type, `payoffs[${t}]`).map((message, m) =>
        list(message, `payoffs[${t}][${m}]`).map((pair, r) => {
          if (!Array.isArray(pair) || pair.length !== 2) throw `table.payoffs[${t}][${m}][${r}]: expected a pair of numbers`;
          return pair.map((v) => number(v, `payoffs[${t}][${m}][${r}]`));
        })));
    if (payoffs.length !== prior.length)
      throw `table.payoffs: expected one entry for each of the ${prior.length} types in prior`;
    const shape = payoffs[0].map((m) => m.length).join();
    payoffs.forEach((type, t) => {
      if (type.map((m) => m.length).join() !== shape)
        throw `table.payoffs[${t}]: expected as many messages and responses as the first type has`;
    });
    const table = { prior, payoffs };
    const sizes = { types: prior.length, messages: payoffs[0].length, responses: Math.max(...payoffs[0].map((m) => m.length)) };
    for (const [key, size] of Object.entries(sizes)) {
      if (given[key] === undefined) continue;
      table[key] = list(given[key], key).map((name) => {
        if (typeof name !== "string" || !/^[\p{L}\p{N} _-]{1,30}$/u.test(name)) throw `table.${key}: expected short names of letters and digits`;
        return name;
      });
      if (table[key].length !== size) throw `table.${key}: expected ${size} names`;
    }
    return table;
  };

  const readers = {
    view: (text, state) => {
      if (!VIEWS.includes(text)) throw `view = ${show(text)}: expected one of ${VIEWS.join(", ")}`;
      state.view = text;
    },
    scene: (text, state) => {
      const n = Number(text);
      if (!/^\d{1,2}$/.test(text) || n < 1 || n > SCENES) throw `scene = ${show(text)}: expected a whole number from 1 to ${SCENES}`;
      state.scene = n;
    },
    preset: (text, state) => {
      if (!presets.has(text)) throw `preset = ${show(text)}: expected one of ${[...presets.keys()].join(", ")}`;
      state.preset = text;
      const found = presets.get(text);
      if (found.parameters) state.p = { ...state.p, ...found.parameters };
    },
    shown: (text, state) => {
      if (!SHOWN.includes(text)) throw `shown = ${show(text)}: expected one of ${SHOWN.join(", ")}`;
      state.shown = text;
    },
    table: (text, state) => { state.table = readTable(text); },
  };
  for (const axis of ["x", "y"])
    readers[axis] = (text, state) => {
      if (!talksNames.includes(text)) throw `${axis} = ${show(text)}: expected one of ${talksNames.join(", ")}`;
      state[axis] = text;
    };
  for (const p of parameters)
    readers[p.name] = (text, state) => {
      const v = Number(text);
      if (!NUMBER.test(text) || !inRange(p, v)) throw `${p.name} = ${show(text)}: expected ${range(p)}`;
      state.p[p.name] = v;
    };

  /** What a link says: a state, and a message for each thing in it that does not fit (its default stands instead). */
  const parse = (hash) => {
    const state = initial(), problems = [];
    let text = hash.startsWith("#") ? hash.slice(1) : hash;
    if (text === "" || text === "main") return { state, problems };
    if (text.length > LARGEST) return { state, problems: [`The link has ${text.length} characters: expected at most ${LARGEST}`] };
    if (/%(?![0-9a-f]{2})/i.test(text)) return { state, problems: ["The link holds a % that starts no character: expected %20 and the like"] };
    try {
      decodeURIComponent(text.replace(/\+/g, " "));
    } catch {
      return { state, problems: ["The link holds bytes that are no text: expected UTF-8"] };
    }
    const seen = new Set();
    const pairs = [...new URLSearchParams(text)];
    pairs.sort(([a], [b]) => (b === "preset") - (a === "preset")); // single numbers change a preset, not the reverse
    for (const [key, value] of pairs) {
      const reader = Object.hasOwn(readers, key) ? readers[key] : null;
      try {
        if (reader === null) throw `${show(key)} is no part of a link: expected one of ${Object.keys(readers).join(", ")}`;
        if (seen.has(key)) throw `${key} stands twice in the link: expected it once`;
        seen.add(key);
        reader(value, state);
      } catch (problem) {
        if (typeof problem !== "string") throw problem;
        problems.push(problem);
      }
    }
    const start = initial();
    if (state.x === state.y) {
      problems.push(`y = ${show(state.y)}: expected a parameter other than x`);
      [state.x, state.y] = [start.x, start.y];
    }
    if (!(state.p.loss_high < state.p.loss_low)) {
      problems.push(`loss_high = ${state.p.loss_high}: expected less than loss_low = ${state.p.loss_low}`);
      [state.p.loss_high, state.p.loss_low] = [start.p.loss_high, start.p.loss_low];
    }
    if (state.view === "table" && !state.table) {
      problems.push("view = \"table\": expected a payoff table in the link as well");
      state.view = "explore";
    }
    return { state, problems };
  };

  const write = (state) => {
    const text = new URLSearchParams({ view: state.view });
    if (state.view === "story") text.set("scene", state.scene);
    if (state.table && state.view === "table") text.set("table", JSON.stringify(state.table));
    else {
      text.set("preset", state.preset);
      for (const p of parameters) if (p.talks || state.scene === 5) text.set(p.name, +state.p[p.name].toPrecision(12));
      for (const key of ["x", "y", "shown"]) text.set(key, state[key]);
    }
    return `#${text}`;
  };
  /** Set one parameter, keeping the types in order. */
  const change = (state, name, value) => {
    state.p[name] = value;
    const least = 0.01;
    if (state.p.loss_high >= state.p.loss_low) {
      if (name === "loss_high") state.p.loss_low = Math.min(1, value + least);
      else state.p.loss_high = Math.max(0, +(value - least).toFixed(10));
      if (state.p.loss_high >= state.p.loss_low) state.p.loss_high = state.p.loss_low - least;
    }
  };
  return { parse, write, change, initial, inRange, range, byName, presets, talksNames, VIEWS, SCENES };
})();
if (typeof module !== "undefined") module.exports = OB;
