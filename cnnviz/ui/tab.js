// A visit ends with a reload, and with its server; the tab outlives both. So the tab keeps the address
// that each page had last, and a link to a page that the new visit has not seen leads there.

const KEPT = "cnnviz.addresses";
const ACHIEVED = ["seeds", "answers", "done"];  // of the lessons; a link to one leaves these as they are
// Of the document, which has one even where a newer server sends another script: the visit; the paths
// that it has seen; and the one that a link has just led to, until the address changes again.
const isFirst = !window.cnnvizTab;
const tab = (window.cnnvizTab ??= { visit: null, seen: new Set(), followed: null });

function addresses() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};  // here the browser keeps nothing for us
  }
}

function keep(all) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(all));
  } catch { /* nor does it now */ }
}

function keepThis() {
  tab.followed = null;
  tab.seen.add(location.pathname);
  keep({ ...addresses(), [location.pathname]: location.search });
}

const parts = (query) => query.slice(1).split("&").filter(Boolean);
const name = (part) => part.split("=")[0];
const isAchieved = (part) => ACHIEVED.includes(name(part));
// To whom a page is shown, and how: no part of its state.
const isForReader = (part) => name(part) === "hide" || name(part).startsWith("embed");

function readerOf(query) {
  const given = new URLSearchParams(query);
  return JSON.stringify([given.get("hide")?.split(/[.,]/).sort(), given.getAll("embed")]);
}

// The query that a link leads to; null where it leads where it says.
function queryBehind(link, kept) {
  if (!kept?.startsWith?.("?") || readerOf(kept) !== readerOf(location.search)) return null;
  const carried = parts(link.search);
  if (carried.every(isForReader)) return kept;
  const achieved = parts(kept).filter(isAchieved);
  return achieved.length && !carried.some(isAchieved) ? `?${[...carried, ...achieved].join("&")}` : null;
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.hasAttribute("disabled")) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin) return;
  const isAgain = address.pathname === tab.followed;  // while the page is on its way, or there
  const query = tab.seen.has(address.pathname) ? null : queryBehind(address, addresses()[address.pathname]);
  if (query === null && !isAgain) return;
  event.preventDefault();
  event.stopPropagation();
  if (isAgain) return;
  history.pushState({}, "", address.pathname + query);
  dispatchEvent(new PopStateEvent("popstate"));  // as if Forward led there: the server reads the address
  tab.followed = address.pathname;
}

// Frames of one page share what a tab keeps: each would lead to what was done in another.
if (isFirst && window === window.top) {
  // Whoever opens a link, or types an address, begins anew.
  if (performance.getEntriesByType("navigation")[0]?.type === "navigate") keep({});
  keepThis();
  for (const change of ["pushState", "replaceState"]) {
    const original = history[change];
    history[change] = function (...given) {
      original.apply(this, given);
      keepThis();
    };
  }
  addEventListener("popstate", keepThis);
  addEventListener("click", follow, { capture: true });
}

export default function ({ data }) {
  if (tab.visit !== data.visit) tab.seen = new Set([location.pathname]);
  tab.visit = data.visit;
}
