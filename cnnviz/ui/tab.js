// A visit ends with a reload, and with its server; the tab outlives both. So the tab keeps the address
// that each page had last. A link to a page that the visit has something of carries that; one that
// carries nothing leads to the address that was kept.

const KEPT = "cnnviz.addresses";

function addresses() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};  // in this frame, the browser keeps nothing for us
  }
}

function keep(all) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(all));
  } catch { /* nor here */ }
}

function keepThis() {
  keep({ ...addresses(), [location.pathname]: location.search });
}

// What a query says of its reader, not of the page's state.
function manner(query) {
  const hidden = [...new URLSearchParams(query)].filter(([name]) => name === "hide" || name.startsWith("embed"));
  return new URLSearchParams(hidden).toString();
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const address = new URL(link.href);
  const query = String(addresses()[address.pathname]);
  const carriesNothing = new URLSearchParams(manner(address.search)).size === address.searchParams.size;
  if (!query.startsWith("?") || !carriesNothing || manner(query) !== manner(location.search)) return;
  if (address.origin !== location.origin || address.pathname === location.pathname) return;
  event.preventDefault();
  event.stopPropagation();
  history.pushState({}, "", address.pathname + query);
  dispatchEvent(new PopStateEvent("popstate"));  // as if Forward led there: the server reads the address
}

// Whoever opens a link, or types an address, begins anew.
if (performance.getEntriesByType("navigation")[0]?.type === "navigate") keep({});
keepThis();
for (const name of ["pushState", "replaceState"]) {
  const change = history[name];
  history[name] = function (...given) {
    change.apply(this, given);
    keepThis();
  };
}
addEventListener("popstate", keepThis);
addEventListener("click", follow, { capture: true });

export default function () {}
