// The pad tells Python of a stroke 200 ms after its end, and has no setting for that; but it has a
// button that tells at once. This presses it when a stroke ends, and hides the row of tools that it
// stands in: the page has an Undo and a Clear of its own. Without such a button, 200 ms pass.

const SEND = '[aria-label="Update the app with this drawing"]';

function canvasOf(pad) {
  return Array.from(pad.querySelectorAll("*"), (element) => element.shadowRoot).find((root) => root?.querySelector(SEND));
}

export default function ({ parentElement }) {
  const pad = (parentElement.host ?? parentElement).closest(".st-key-pad");
  const noTools = new CSSStyleSheet();
  noTools.replaceSync(".dc-toolbar { display: none !important; }");
  let isDrawing = false;
  const listeners = new AbortController();
  const listen = (target, event, act) => target.addEventListener(event, act, { signal: listeners.signal, passive: true });
  listen(pad, "pointerover", () => {
    const sheets = canvasOf(pad)?.adoptedStyleSheets;
    if (sheets && !sheets.includes(noTools)) sheets.push(noTools);
  });
  listen(pad, "pointerdown", () => { isDrawing = true; });
  // The pad hears of the end from these same events; it has to have heard first.
  for (const end of ["mouseup", "touchend"]) {
    listen(window, end, () => {
      if (isDrawing) setTimeout(() => canvasOf(pad)?.querySelector(SEND).click());
      isDrawing = false;
    });
  }
  return () => listeners.abort();
}
