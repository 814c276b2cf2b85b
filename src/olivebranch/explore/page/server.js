/* The one place that asks anything of a server: the machine's own, which trains, plays wars and follows branches.
   The static build has none. */
"use strict";
OB.server = (() => {
  const served = typeof location !== "undefined" && location.protocol.startsWith("http") && document.documentElement.dataset.served === "yes";
  const ask = async (path, body) => {
    const answer = await fetch(`api/${path}`, {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body ?? {}), credentials: "omit",
    });
    const content = await answer.json().catch(() => ({ error: `the server answered ${answer.status}` }));
    if (!answer.ok) throw new Error(content.error ?? `the server answered ${answer.status}`);
    return content;
  };
  const MISSING = "This copy of the page has no server behind it. Run `olivebranch explore` for this part.";
  return { served, ask, MISSING };
})();
