// A visit ends with a reload, and with its server; the tab outlives both. So the tab keeps the address
// that each page had last. A link to a page that the visit has something of carries that; one that
// carries nothing leads to the address that was kept.

const KEPT = "cnnviz.addresses";
const ACHIEVED = ["seeds", "answers", "done"];  // of the lessons; a link to one leaves these as they are
let followed = null;  // the path that a link has just led to, until the address changes again

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
  followed = null;
  keep({ ...addresses(), [location.pathname]: location.search });
}

const parts = (query) => query.slice(1).split("&").filter(Boolean);
const name = (part) => part.split("=")[0];
// To whom a page is shown, and how: no part of its state.
const isForReader = (part) => name(part) === "hide" || name(part).startsWith("embed");

function isForSameReader(query, other) {
  const [one, two] = [query, other].map((from) => {
    const given = new URLSearchParams(parts(from).filter(isForReader).join("&"));
    return JSON.stringify([given.get("hide")?.split(".").sort(), given.getAll("embed")]);
  });
  return one === two;
}

// The query that a link leads to; null where it leads where it says.
function queryBehind(link, kept) {
  if (!kept?.startsWith?.("?") || !isForSameReader(kept, location.search)) return null;
  if (parts(link.search).every(isForReader)) return kept;
  const carried = parts(link.search);
  const achieved = parts(kept).filter((part) => ACHIEVED.includes(name(part)) && !carried.some((own) => name(own) === name(part)));
  return achieved.length ? `?${[...carried, ...achieved].join("&")}` : null;
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.hasAttribute("disabled")) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const address = new URL(link.href);
  if (address.origin !== location.origin) return;
  const isThere = address.pathname === location.pathname;
  const query = isThere ? null : queryBehind(address, addresses()[address.pathname]);
  if (query === null && !(isThere && address.pathname === followed)) return;
  event.preventDefault();
  event.stopPropagation();
  if (isThere) return;  // a second click, while the page is on its way
  history.pushState({}, "", address.pathname + query);
  dispatchEvent(new PopStateEvent("popstate"));  // as if Forward led there: the server reads the address
  followed = address.pathname;
}

// Frames of one page share what a tab keeps: each would lead to what was done in another.
if (window === window.top) {
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

export default function () {}
