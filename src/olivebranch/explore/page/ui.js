/* Small parts that every view uses. All text is set as text: nothing from a link becomes markup. */
"use strict";
OB.ui = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const put = (node, children) => {
    for (const child of children.flat(Infinity)) {
      if (child === null || child === undefined || child === false) continue;
      node.append(child instanceof Node ? child : document.createTextNode(String(child)));
    }
    return node;
  };
  const set = (node, attributes) => {
    for (const [key, value] of Object.entries(attributes ?? {})) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (key === "style") for (const [k, v] of Object.entries(value)) node.style.setProperty(k, v);
      else node.setAttribute(key, value === true ? "" : value);
    }
    return node;
  };
  const h = (tag, attributes, ...children) => put(set(document.createElement(tag), attributes), children);
  const s = (tag, attributes, ...children) => put(set(document.createElementNS(SVG, tag), attributes), children);
  /** Put children in the place of what a node holds. */
  const fill = (node, ...children) => { node.replaceChildren(); return put(node, children); };
  const number = (x, digits = 3) => {
    if (!Number.isFinite(x)) return "–";
    const text = OB.runtime.general(x, digits);
    return text.replace("-", "−");
  };
  const percent = (x) => {
    const v = 100 * x;
    if (v > 0 && v < 0.5) return "below 1 %";
    if (v < 100 && v > 99.5) return "above 99 %";
    return `${Math.round(v)} %`;
  };
  const between = (pair) => (Math.abs(pair[1] - pair[0]) < 1e-9 ? percent(pair[0]) : `${percent(pair[0])} to ${percent(pair[1])}`);
  /** Black or white, whichever contrasts more with a colour (WCAG's relative luminance). */
  const ink = (colour) => {
    const [r, g, b] = [1, 3, 5].map((k) => {
      const v = parseInt(colour.slice(k, k + 2), 16) / 255;
      return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    });
    const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    return 1.05 / (light + 0.05) > (light + 0.05) / 0.0556 ? "#FFFFFF" : "#111111";
  };
  /** A symbol such as "ℓ_H" with its index set below. */
  const symbol = (text) => {
    const [base, index] = text.split("_");
    return h("span", { class: "symbol" }, base, index ? h("sub", {}, index) : null);
  };
  /** Symbols within a formula. */
  const formula = (text) =>
    h("span", { class: "formula" }, text.split(/((?:[A-Za-zℓκ])_[A-Z])/).map((part) => (/^.+_[A-Z]$/.test(part) ? symbol(part) : part.replaceAll("-", "−"))));
  const calm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** A belief is always a bar from "surely weak" to "surely strong": where the enemy would escalate it is red. */
  const beliefBar = ({ range, threshold, label, ends = true }) => {
    const [low, high] = range, t = Math.min(1, Math.max(0, threshold));
    const exact = Math.abs(high - low) < 1e-9;
    const words = exact ? `Pr(strong) = ${number(low)}` : `Pr(strong) from ${number(low)} to ${number(high)}`;
    return h("figure", { class: "belief" },
      h("figcaption", {}, label, " ", h("b", {}, words)),
      h("div", { class: "track", role: "img",
          "aria-label": `${label}: ${words}, on a bar from surely weak to surely strong; the enemy escalates on beliefs below ${number(t)}` },
        h("i", { class: "hostile", style: { width: `${100 * t}%` } }),
        exact ? h("i", { class: "dot", style: { left: `${100 * low}%` } })
          : h("i", { class: "span", style: { left: `${100 * low}%`, width: `${100 * (high - low)}%` } })),
      ends ? h("div", { class: "ends", "aria-hidden": "true" }, h("span", {}, "surely weak"), h("span", {}, "surely strong")) : null);
  };
  /** A probability from 0 to 1. */
  const chanceBar = (label, range, kind = "") => {
    const [low, high] = Array.isArray(range) ? range : [range, range];
    return h("div", { class: `chance ${kind}` },
      h("span", { class: "what" }, label),
      h("span", { class: "track", "aria-hidden": "true" },
        h("i", { class: "sure", style: { width: `${100 * low}%` } }),
        h("i", { class: "maybe", style: { left: `${100 * low}%`, width: `${100 * (high - low)}%` } })),
      h("span", { class: "value" }, between([low, high])));
  };
  /** A slider with a number beside it. */
  const slider = (name, value, onchange, options = {}) => {
    const p = OB.state.byName.get(name);
    const step = options.step ?? 0.01;
    const top = p.high === null ? Math.max(1, Math.ceil(value)) : p.high_in ? p.high : p.high - step;
    const low = p.low_in ? p.low : step;
    const id = `slider-${options.prefix ?? ""}${name}`;
    const input = h("input", { type: "range", id, min: low, max: top, step, "data-name": name, title: p.meaning });
    const field = h("input", { type: "number", min: low, step, "aria-label": `${p.words}, as a number`, "data-field": name });
    if (p.high !== null) field.setAttribute("max", top);
    const show = (v) => {
      if (v > Number(input.max)) input.max = Math.ceil(v);
      input.value = v;
      if (document.activeElement !== field) field.value = +v.toPrecision(6);
    };
    show(value);
    input.addEventListener("input", () => { field.value = input.value; onchange(name, Number(input.value)); });
    field.addEventListener("input", () => {
      const v = Number(field.value);
      const good = field.value !== "" && OB.state.inRange(p, v);
      field.toggleAttribute("aria-invalid", !good);
      if (good) onchange(name, v);
    });
    const node = h("div", { class: "slider" },
      h("label", { for: id }, symbol(p.symbol), " ", p.words), h("div", { class: "row" }, input, field));
    return { node, show };
  };
  const button = (text, onclick, attributes = {}) => h("button", { type: "button", onclick, ...attributes }, text);
  const choice = (label, options, value, onchange, attributes = {}) => {
    const id = `choice-${attributes.id ?? label.replace(/\W+/g, "-").toLowerCase()}`;
    const select = h("select", { ...attributes, id, onchange: () => onchange(select.value) },
      options.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    return { node: h("div", { class: "choice" }, h("label", { for: id }, label), select), select };
  };
  /** A group of buttons of which one is pressed. */
  const toggle = (label, options, value, onchange) => {
    const buttons = options.map(([key, text]) =>
      button(text, () => { mark(key); onchange(key); }, { "data-value": key }));
    const mark = (key) => buttons.forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.value === key)));
    mark(value);
    return { node: h("div", { class: "toggle", role: "group", "aria-label": label }, h("span", { class: "caption" }, label), buttons), mark };
  };
  /** Something that unfolds; what is inside is made when it first does. */
  const details = (title, inside) => {
    let made = false;
    const make = () => { if (!made) { made = true; put(node, [inside()]); } };
    const node = h("details", { ontoggle: () => { if (node.open) make(); } }, h("summary", { onclick: make }, title));
    return node;
  };
  return { h, s, fill, number, percent, between, ink, symbol, formula, calm, beliefBar, chanceBar, slider, button, choice, toggle, details };
})();
