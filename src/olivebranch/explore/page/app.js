/* Ties the views to the link. */
"use strict";
(() => {
  const { h, button } = OB.ui;
  const views = { story: OB.story.mount, explore: OB.explore.mount, play: OB.play.mount, table: (main, app) => OB.table.mount(main, app) };
  const main = document.getElementById("main"), messages = document.getElementById("messages"), tabs = document.getElementById("tabs");
  const app = { state: null, view: null };
  let written = "", pending = null, frame = null;

  const tell = (problems) => {
    OB.ui.fill(messages, ...(problems.length ? [h("div", { class: "problems" },
      h("p", {}, h("b", {}, "This link does not fit; what it should have said stands as it would without it.")),
      h("ul", {}, problems.slice(0, 5).map((text) => h("li", {}, text))), button("Dismiss", () => messages.replaceChildren(), { class: "quiet" }))] : []));
  };
  const writeLink = () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      written = OB.state.write(app.state);
      history.replaceState(null, "", written);
    }, 120);
  };
  app.update = () => {
    if (frame === null) frame = requestAnimationFrame(() => { frame = null; app.view.update(); });
    writeLink();
  };
  const mount = () => {
    app.view?.leave();
    app.view = views[app.state.view](main, app);
    app.view.update();
    for (const tab of tabs.children) tab.setAttribute("aria-current", tab.dataset.view === app.state.view ? "page" : "false");
    writeLink();
  };
  app.go = (changes) => { Object.assign(app.state, changes); tell([]); mount(); window.scrollTo(0, 0); main.focus({ preventScroll: true }); };
  const read = () => {
    const { state, problems } = OB.state.parse(location.hash);
    app.state = state;
    tell(problems);
    mount();
  };
  OB.ui.fill(tabs, ...[["story", "Story"], ["explore", "Explorer"], ["play", "Play"]].map(([view, title]) =>
    button(title, () => app.go({ view }), { "data-view": view })));
  document.getElementById("copy-link").addEventListener("click", async (event) => {
    const link = location.href.split("#")[0] + OB.state.write(app.state);
    try { await navigator.clipboard.writeText(link); event.target.textContent = "Copied"; } catch { window.prompt("The link", link); }
  });
  window.addEventListener("hashchange", () => { if (location.hash !== written) read(); });
  OB.app = app;
  read();
})();
