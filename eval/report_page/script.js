"use strict";
// The page says all it says without this: pointing at a chart or a map reads its numbers out, and headings sort a table.
(() => {
  for (const svg of document.querySelectorAll("svg[data-read]")) {
    const out = document.createElement("p");
    out.className = "readout";
    out.setAttribute("aria-live", "polite");
    out.textContent = "Point at the picture, or focus it and use the arrow keys, to read its numbers.";
    const figure = svg.closest("figure");
    if (figure) figure.append(out);
    else svg.closest(".scroll").after(out);
    const marks = [...svg.querySelectorAll("[data-say]")];
    let at = -1;
    const say = (place) => {
      at = place;
      out.textContent = marks[at].dataset.say;
    };
    svg.addEventListener("pointermove", (event) => {
      const place = marks.indexOf(event.target);
      if (place >= 0) say(place);
    });
    svg.setAttribute("tabindex", "0");
    svg.addEventListener("keydown", (event) => {
      const row = Number(svg.dataset.row || 1);
      const step = { ArrowRight: 1, ArrowLeft: -1, ArrowUp: row, ArrowDown: -row }[event.key];
      if (step === undefined || !marks.length) return;
      event.preventDefault();
      say(Math.min(Math.max(at + step, 0), marks.length - 1));
    });
  }
  const value = (row, column) => {
    const text = row.cells[column].textContent.trim();
    const found = parseFloat(text.replaceAll(",", ""));
    return Number.isNaN(found) ? text : found;
  };
  for (const table of document.querySelectorAll("table")) {
    const body = table.tBodies[0];
    if (body.rows.length < 4) continue;
    table.classList.add("sortable");
    [...table.tHead.rows[0].cells].forEach((cell, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.title = "Sort by this column";
      button.append(...cell.childNodes);
      if (!button.textContent.trim()) return;
      cell.append(button);
      button.addEventListener("click", () => {
        const down = cell.getAttribute("aria-sort") === "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        cell.setAttribute("aria-sort", down ? "descending" : "ascending");
        const rows = [...body.rows].sort((one, other) => {
          const [a, b] = [value(one, column), value(other, column)];
          const order = typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === "number" ? -1 : 1;
          return down ? -order : order;
        });
        body.append(...rows);
      });
    });
  }
  // Paper shows what is folded away; the screen gets its state back afterwards.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => closed.forEach((one) => (one.open = false)));
})();
