// The steps to the picture and every layer's maps as small pictures, one colour scale a layer. Choosing
// a map opens it on the stage.
// Maps are bytes: -127..127 for -limit..limit of the layer. Their exact numbers are the stage's business.

const views = new WeakMap();

class View {
  constructor() {
    this.rows = new Map();
    this.steps = makeSteps();
    this.reader = makeReader((by) => this.pointed && this.step(by));
    this.pointed = null;
  }

  point(pointed) {
    if (pointed.layer === this.pointed?.layer && pointed.index === this.pointed.index) return;
    this.pointed = pointed;
    this.read();
  }

  step(by) {
    const { layer, index } = this.pointed;
    const there = this.block.layers.find(({ name }) => name === layer);
    if (there) this.point({ layer, index: stepped(index, by, there.shape[0]) });
  }

  // Says what the pointed cell holds now.
  read() {
    const { block, pointed } = this;
    for (const layer of block.layers) {
      if (!layer.maps) markCell(this.rows.get(layer.name).children[1], layer, layer.name === pointed?.layer ? pointed.index : null);
    }
    describeCell(this.reader, block, pointed);
  }
}

function draw(root, block, choose) {
  const network = root.querySelector(".network");
  if (!views.has(root)) views.set(root, new View());
  const view = views.get(root);
  const palette = block.palettes[isDark(getComputedStyle(network)) ? "dark" : "light"];
  for (const [name, colour] of Object.entries(palette)) network.style.setProperty(`--${name}`, colour);
  const grey = pixelColour("grey");
  const signed = shadesOf(signedColour(palette, 127));
  const scales = {
    pixels: { shades: shadesOf((value) => grey(value / 127)), stops: ["rgb(0,0,0)", "rgb(255,255,255)"] },
    shares: { shades: signed, stops: [palette.zero, palette.positive] },
    signed: { shades: signed, stops: [palette.negative, palette.zero, palette.positive] },
  };
  view.block = block;
  const { rows, reader, steps } = view;
  // What is chosen is marked here: the server answers with the stage alone.
  const take = ({ layer, map }) => {
    block.chosen = [layer, map];
    for (const { name, maps } of block.layers) if (maps) markMaps(rows.get(name).children[1], name, block);
    choose({ layer, map });
  };
  // The steps stand beside the picture that they lead to, or alone where there is none to read.
  const names = new Set(block.layers.map(({ name }) => name));
  if (block.steps.length && !names.has("image")) names.add("steps");
  for (const [name, row] of rows) {
    if (names.has(name)) continue;
    row.remove();
    rows.delete(name);
  }
  for (const layer of block.layers) {
    if (!rows.has(layer.name)) {
      const row = makeRow(layer, view);
      rows.set(layer.name, row);
      if (!layer.maps && !reader.isConnected) network.append(reader);
      network.append(row);
    }
    fillRow(rows.get(layer.name), layer, block, scales[{ InputLayer: "pixels", Softmax: "shares" }[layer.kind] ?? "signed"], take);
  }
  if (block.steps.length) {
    if (names.has("steps") && !rows.has("steps")) {
      rows.set("steps", rowOf("the picture", "on its way to the network"));
      network.append(rows.get("steps"));
    }
    const row = rows.get("image") ?? rows.get("steps");
    if (steps.parentNode !== row) row.append(steps); // moved, it would lose the focus
    fillSteps(steps, block.steps, block.arrays, scales.pixels.shades);
  } else steps.remove();
  if (!block.layers.length) {
    reader.remove();
    return;
  }
  fillDigit(reader, block.arrays.image, scales.pixels.shades);
  view.read();
}

// The colours of -127..127 as a canvas keeps them: one number a pixel, its last byte first.
function shadesOf(colour) {
  return Uint32Array.from({ length: 255 }, (_, k) => {
    const [red, green, blue] = colour(k - 127);
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

function rowOf(title, about) {
  const row = document.createElement("div");
  row.className = "layer";
  const words = document.createElement("div");
  words.append(Object.assign(document.createElement("h2"), { textContent: title }));
  words.append(Object.assign(document.createElement("p"), { textContent: about }));
  row.append(words);
  return row;
}

function makeRow(layer, view) {
  const row = rowOf(layer.title, layer.about);
  const body = document.createElement("div");
  body.className = layer.maps ? "pictures" : layer.isAnswer ? "numbers" : "strip";
  if (layer.maps) body.append(document.createElement("canvas"), makeMaps(layer, body));
  else makeCells(layer, body, (pointed) => view.point(pointed));
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.innerHTML = '<div class="colours"></div><div class="ends"><span></span><span></span></div>';
  row.append(body, bar);
  return row;
}

// One button a map; what they show lies under them all, on one canvas. A canvas each would cost the
// browser more than all the rest of an answer: it composes every canvas by itself in every frame.
function makeMaps({ name, title, maps: [height, , count] }, body) {
  const maps = document.createElement("div");
  maps.className = "maps";
  maps.setAttribute("role", "group");
  maps.setAttribute("aria-label", `Maps of ${title}`);
  maps.addEventListener("keydown", walk);
  body.style.setProperty("--side", `${count === 1 ? 84 : height > 20 ? 36 : 28}px`);
  const opens = name !== "image";
  for (let map = 0; map < count; map += 1) {
    const button = Object.assign(document.createElement("button"), { type: "button", tabIndex: map ? -1 : 0, disabled: !opens });
    button.setAttribute("aria-label", opens ? `${title}, map ${map + 1} of ${count}` : "The picture that the network reads");
    button.addEventListener("click", () => body.choose({ layer: name, map }));
    maps.append(button);
  }
  // Where the buttons stand is asked when that may have changed, not for every answer.
  new ResizeObserver(() => {
    body.places = Array.from(maps.children, (button) => ({ x: button.offsetLeft + button.clientLeft, y: button.offsetTop + button.clientTop, side: button.clientWidth }));
    body.size = { width: maps.clientWidth, height: maps.clientHeight };
    body.paint?.();
  }).observe(body);
  return maps;
}

// One stop of the Tab key a layer; the arrow keys go from map to map, Home and End to the outer ones.
function walk(event) {
  if (isShortcut(event)) return;
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

function fillRow(row, layer, block, { shades, stops }, choose) {
  const [, body, bar] = row.children;
  const values = block.arrays[layer.name]?.values;
  if (layer.maps) fillMaps(body, layer, values, shades, block, choose);
  else fillCells(body, layer, values, shades);
  bar.querySelector(".colours").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  const [low, high] = bar.querySelectorAll("span");
  const isShare = stops.length === 2;
  low.textContent = isShare ? "0" : `−${written(layer.limit, 2)}`;
  high.textContent = isShare ? "1" : `+${written(layer.limit, 2)}`;
}

function fillMaps(body, layer, values, shades, block, choose) {
  body.choose = choose;
  markMaps(body, layer.name, block);
  body.paint = () => paintMaps(body.firstChild, body, pixelsOf(values, shades, layer.maps), layer.maps);
  if (body.places) body.paint();
}

function markMaps(body, name, { chosen }) {
  Array.from(body.lastChild.children).forEach((button, map) => {
    // An attribute that is written is one that has changed, to a browser.
    const pressed = String(chosen[0] === name && chosen[1] === map);
    if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
  });
}

function paintMaps(canvas, { places, size }, pixels, [height, width]) {
  if (!size.width) return;
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
  if (canvas.width !== across || canvas.height !== down) Object.assign(canvas, { width: across, height: down });
  const ctx = canvas.getContext("2d");
  ctx.imageSmoothingEnabled = false;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  wipe(ctx);
  const maps = unscaled(pixels);
  for (const [map, { x, y, side }] of places.entries()) ctx.drawImage(maps, map * width, 0, width, height, x, y, side, side);
}

// All maps of a layer beside each other, a pixel a cell.
function pixelsOf(values, shades, [height, width, count]) {
  const image = new ImageData(count * width, height);
  const pixels = new Uint32Array(image.data.buffer);
  let at = 0;
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      for (let map = 0; map < count; map += 1, at += 1) {
        pixels[(row * count + map) * width + column] = shades[values[at] + 127];
      }
    }
  }
  return image;
}

export default function ({ data, parentElement, setTriggerValue }) {
  if (data) draw(parentElement, unpack(data), (place) => setTriggerValue("choice", place));
}
