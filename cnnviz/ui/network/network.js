// Every layer's maps as small pictures, one colour scale a layer. Choosing one opens it on the stage.
// It draws bytes: -127..127 for -limit..limit of the layer. Exact numbers are the stage's business.

const rowsOf = new WeakMap();

function draw(root, block, choose) {
  const network = root.querySelector(".network");
  const dark = textOn(parseColour(hexOf(getComputedStyle(network).getPropertyValue("--st-background-color")))) === "#ffffff";
  const palette = block.palettes[dark ? "dark" : "light"];
  for (const [name, colour] of Object.entries(palette)) network.style.setProperty(`--${name}`, colour);
  if (!rowsOf.has(root)) rowsOf.set(root, new Map());
  const rows = rowsOf.get(root);
  for (const layer of block.layers) {
    if (!rows.has(layer.name)) {
      const row = makeRow(layer);
      rows.set(layer.name, row);
      network.append(row);
    }
    fillRow(rows.get(layer.name), layer, block, palette, choose);
  }
}

function makeRow(layer) {
  const row = document.createElement("div");
  row.className = "layer";
  const words = document.createElement("div");
  words.append(Object.assign(document.createElement("h2"), { textContent: layer.title }));
  words.append(Object.assign(document.createElement("p"), { textContent: layer.about }));
  const body = document.createElement("div");
  body.className = layer.maps ? "maps" : layer.numbers ? "cells" : "wide";
  if (layer.maps) {
    body.setAttribute("role", "group");
    body.setAttribute("aria-label", `Maps of ${layer.title}`);
    body.addEventListener("keydown", walk);
  }
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.innerHTML = '<div class="strip"></div><div class="ends"><span></span><span></span></div>';
  row.append(words, body, bar);
  return row;
}

// One stop of the Tab key a layer; the arrow keys go from map to map, Home and End to the outer ones.
function walk(event) {
  const { target } = event;
  const next = {
    ArrowRight: target.nextElementSibling,
    ArrowDown: target.nextElementSibling,
    ArrowLeft: target.previousElementSibling,
    ArrowUp: target.previousElementSibling,
    Home: target.parentElement.firstElementChild,
    End: target.parentElement.lastElementChild,
  }[event.key];
  if (!next) return;
  event.preventDefault();
  for (const map of target.parentElement.children) map.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

function fillRow(row, layer, block, palette, choose) {
  const [, body, bar] = row.children;
  const values = block.arrays[layer.name]?.values;
  const colour = layer.name === "image" ? (value) => pixelColour("grey")(value / 127) : signedColour(palette, 127);
  const shades = Array.from({ length: 255 }, (_, k) => colour(k - 127));
  if (layer.maps) fillMaps(body, layer, values, shades, block, choose);
  else if (layer.numbers) fillNumbers(body, layer);
  else fillVector(body, values, shades);
  const stops = layer.name === "image" ? ["rgb(0,0,0)", "rgb(255,255,255)"] : [palette.negative, palette.zero, palette.positive];
  bar.hidden = Boolean(layer.numbers);
  bar.querySelector(".strip").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const [low, high] = bar.querySelectorAll("span");
  low.textContent = layer.name === "image" ? "0" : `−${written(layer.limit, 2)}`;
  high.textContent = layer.name === "image" ? "1" : `+${written(layer.limit, 2)}`;
}

function fillMaps(body, layer, values, shades, block, choose) {
  const [height, width, count] = layer.maps;
  const side = layer.name === "image" ? 84 : height > 20 ? 36 : 28;
  while (body.children.length < count) {
    const button = document.createElement("button");
    button.type = "button";
    button.tabIndex = body.children.length ? -1 : 0;
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width, height });
    Object.assign(canvas.style, { width: `${side}px`, height: `${side}px` });
    button.append(canvas);
    body.append(button);
  }
  Array.from(body.children).forEach((button, map) => {
    const opens = layer.name !== "image";
    button.disabled = !opens;
    button.onclick = opens ? () => choose({ layer: layer.name, map }) : null;
    button.setAttribute("aria-pressed", String(block.chosen[0] === layer.name && block.chosen[1] === map));
    button.setAttribute("aria-label", opens ? `${layer.title}, map ${map + 1} of ${count}` : "The picture that the network reads");
    paintPixels(button.firstChild, values, shades, { height, width, count, map });
  });
}

function paintPixels(canvas, values, shades, { height, width, count, map }) {
  const pixels = new ImageData(width, height);
  for (let k = 0; k < height * width; k += 1) {
    const [red, green, blue] = shades[values[k * count + map] + 127];
    pixels.data.set([red, green, blue, 255], 4 * k);
  }
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// A layer without maps is one strip of cells, row after row.
function fillVector(body, values, shades) {
  const height = Math.ceil(values.length / 128);
  const canvas = body.firstChild ?? body.appendChild(document.createElement("canvas"));
  Object.assign(canvas, { width: 128, height });
  Object.assign(canvas.style, { width: "min(100%, 640px)", height: `${Math.max(8, height * 5)}px` });
  const padded = new Int8Array(128 * height);
  padded.set(values);
  paintPixels(canvas, padded, shades, { height, width: 128, count: 1, map: 0 });
}

function fillNumbers(body, layer) {
  body.replaceChildren(...layer.numbers.map((value, digit) => Object.assign(document.createElement("span"), { textContent: `${digit}: ${written(value, 3)}` })));
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (data) draw(parentElement, unpack(data), (place) => setTriggerValue("choice", place));
}
