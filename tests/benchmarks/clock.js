// Runs in the measured page. Time is taken here, since a test driver's polling is far too coarse.

// An element, through open shadow roots: each selector looks inside what the one before has found.
function find(path) {
  return path.reduce((at, selector) => (at && (at.shadowRoot ?? at)).querySelector(selector), document);
}

// A time after the frame has been painted: a message cannot overtake the frame it is sent from.
function afterPaint(tell) {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => tell(performance.now());
    port2.postMessage(null);
  });
}

// Milliseconds from the next event of this type, before any handler has run, until the frame is
// painted in which the element's text is another one; with that text. Null where it stays the same.
function time(type, path, patience) {
  const target = find(path);
  const root = target.getRootNode();
  const before = target.textContent;
  return new Promise((resolve) => {
    let started = null;
    const observer = new MutationObserver(() => {
      const text = find(path)?.textContent;
      if (started === null || text === undefined || text === before) return;
      observer.disconnect();
      clearTimeout(giveUp);
      afterPaint((now) => resolve({ milliseconds: now - started, text }));
    });
    observer.observe(root, { subtree: true, childList: true, characterData: true });
    addEventListener(type, () => { started ??= performance.now(); }, { capture: true, once: true });
    const giveUp = setTimeout(() => {
      observer.disconnect();
      resolve(null);
    }, patience);
  });
}

// When each of these was first visible with text in it, in milliseconds since the page was asked for.
function watchFirst(paths) {
  const seen = {};
  const look = () => {
    for (const [name, path] of Object.entries(paths)) {
      if (name in seen) continue;
      let element = null;
      try { element = find(path); } catch { /* the way there is not there yet */ }
      if (element?.textContent && element.getClientRects().length) seen[name] = performance.now();
    }
    requestAnimationFrame(look);
  };
  look();
  return seen;
}

window.bench = { time, watchFirst };
