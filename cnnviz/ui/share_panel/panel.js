// The link, its QR code and the line of HTML, to copy and to show. Python writes all three.

const PIXELS = 216; // of the small picture, at most; a module is a whole number of them

function fill(root, { link, frame, code, notes }) {
  const part = (name) => root.querySelector(name);
  part("#link").value = link;
  part("#frame").value = frame;
  part(".code").hidden = !code;
  for (const picture of root.querySelectorAll(".qr")) {
    if (!code) break;
    picture.src = code.picture;
    picture.alt = `QR code of ${code.address}`;
  }
  if (code) part(".code .qr").style.width = `${code.side * Math.floor(PIXELS / code.side)}px`;
  part(".address").textContent = code?.address ?? "";
  part(".notes").replaceChildren(...notes.map((text) => Object.assign(document.createElement("p"), { textContent: text })));
  part(".said").textContent = "";
}

// A classroom's server has seldom https, and without it a browser has no clipboard to write to.
async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    return true;
  } catch {
    return document.execCommand("copy");
  }
}

function listen(root) {
  const dialog = root.querySelector("dialog");
  // Escape closes the dialog, and not also the panel that it came from, which listens at the document.
  const onKey = (event) => {
    if (event.key !== "Escape" || !dialog.open) return; // it is closed before it says so
    event.stopImmediatePropagation();
    event.preventDefault();
    if (event.type === "keyup") dialog.close();
  };
  root.querySelector(".enlarge").addEventListener("click", () => {
    dialog.showModal();
    for (const type of ["keydown", "keyup"]) window.addEventListener(type, onKey, true);
  });
  dialog.addEventListener("close", () => {
    for (const type of ["keydown", "keyup"]) window.removeEventListener(type, onKey, true);
  });
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  for (const field of root.querySelectorAll("input")) field.addEventListener("focus", () => field.select());
  for (const button of root.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const copied = await copy(root.querySelector(`#${button.dataset.copy}`));
      root.querySelector(".said").textContent = copied ? "Copied." : "The browser does not let this page copy. Press Ctrl+C.";
    });
  }
}

const heard = new WeakSet();

export default function ({ data, parentElement }) {
  if (!data) return;
  if (!heard.has(parentElement)) listen(parentElement);
  heard.add(parentElement);
  fill(parentElement, data);
}
