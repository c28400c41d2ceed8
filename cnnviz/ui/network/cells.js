// Layers without maps: a strip of cells, or ten numbers. Pointing at a cell, or walking there with the
// arrow keys, says what it holds and where it comes from, and outlines what it sees on the digit.

const LARGE_STRIP = 256; // cells: above it, they are half as wide

function makeCells(layer, body, point) {
  const [count] = layer.shape;
  body.columns = layer.isAnswer ? 5 : count > LARGE_STRIP ? 128 : 64;
  body.tabIndex = 0;
  body.setAttribute("role", "group");
  body.setAttribute("aria-label", `Numbers of ${layer.title}: walk with the arrow keys`);
  if (layer.isAnswer) {
    body.append(...Array.from({ length: count }, () => document.createElement("span")));
  } else {
    const canvas = Object.assign(document.createElement("canvas"), { width: body.columns, height: Math.ceil(count / body.columns) });
    canvas.style.aspectRatio = `${canvas.width} / ${canvas.height}`;
    canvas.style.minHeight = `${4 * canvas.height}px`;
    body.append(canvas, Object.assign(document.createElement("div"), { className: "mark", hidden: true }));
  }
  const under = ({ clientX, clientY, target }) => (layer.isAnswer ? [...body.children].indexOf(target) : cellAt(body, clientX, clientY));
  for (const event of ["pointermove", "pointerdown"]) {
    body.addEventListener(event, (pointer) => {
      const index = under(pointer);
      if (index >= 0 && index < count) point({ layer: layer.name, index });
    });
  }
  body.addEventListener("keydown", (event) => {
    if (isShortcut(event)) return;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: body.columns, ArrowUp: -body.columns };
    const index = event.key === "Home" ? 0 : event.key === "End" ? count - 1 : event.key in steps ? stepped(body.at, steps[event.key], count) : null;
    if (index === null) return;
    event.preventDefault();
    point({ layer: layer.name, index });
  });
}

// Where there is no cell in that direction, nothing moves; the first step of all goes to the first cell.
function stepped(at, by, count) {
  if (at === undefined) return 0;
  return at + by >= 0 && at + by < count ? at + by : at;
}

function cellAt({ firstChild: canvas, columns }, x, y) {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const column = Math.floor(((x - left) / width) * columns);
  const row = Math.floor(((y - top) / height) * canvas.height);
  return column < 0 || column >= columns ? -1 : row * columns + column;
}

function fillCells(body, layer, values, shades) {
  const shade = (value) => (layer.limit ? Math.round((127 * value) / layer.limit) : 0);
  if (layer.isAnswer) {
    [...body.children].forEach((number, digit) => {
      const colour = shades[shade(values[digit]) + 127];
      const channels = [0, 8, 16].map((shift) => (colour >> shift) & 255);
      const text = written(values[digit], 3);
      number.textContent = `${digit}: ${layer.kind === "Softmax" && text === "1" && values[digit] < 1 ? "≈1" : text}`;
      Object.assign(number.style, { background: `rgb(${channels})`, color: textOn(channels) });
    });
    return;
  }
  const [canvas] = body.children;
  const padded = new Int8Array(canvas.width * canvas.height);
  padded.set(Array.from(values, shade));
  const pixels = pixelsOf(padded, shades, [canvas.height, canvas.width, 1]);
  pixels.data.fill(0, 4 * values.length); // behind the last cell there is none
  canvas.getContext("2d").putImageData(pixels, 0, 0);
}

// `index` is null where no cell of this layer is pointed at; the arrow keys go on from the last one.
function markCell(body, layer, index) {
  body.at = index ?? body.at;
  if (layer.isAnswer) {
    [...body.children].forEach((number, digit) => number.classList.toggle("marked", digit === index));
    return;
  }
  const [{ width, height }, mark] = body.children;
  mark.hidden = index === null;
  if (mark.hidden) return;
  const [row, column] = [Math.floor(index / width), index % width];
  frame(mark, [row, row + 1], [column, column + 1], height, width);
}

// Lays a frame over cells of a picture that may be of any size.
function frame(mark, [top, bottom], [left, right], height, width) {
  const share = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(mark.style, { top: share(top, height), height: share(bottom - top, height), left: share(left, width), width: share(right - left, width) });
}

function makeReader(step) {
  const reader = document.createElement("figure");
  reader.className = "reader";
  reader.innerHTML = `
    <div class="digit"><canvas></canvas><div class="mark"></div></div>
    <figcaption>
      <p aria-live="polite"></p>
      <button type="button" aria-label="The number before">◂ Step</button><button type="button" aria-label="The next number">Step ▸</button>
    </figcaption>`;
  for (const [k, button] of reader.querySelectorAll("button").entries()) button.addEventListener("click", () => step(k ? 1 : -1));
  return reader;
}

function fillDigit(reader, { shape, values }, shades) {
  const canvas = reader.querySelector("canvas");
  [canvas.height, canvas.width] = shape;
  canvas.getContext("2d").putImageData(pixelsOf(values, shades, shape), 0, 0);
}

// `pointed` is null until somebody points at a cell.
function describeCell(reader, block, pointed) {
  const [mark, words] = [reader.querySelector(".mark"), reader.querySelector("p")];
  const layer = block.layers.find(({ name }) => name === pointed?.layer);
  mark.hidden = !layer;
  for (const [k, button] of reader.querySelectorAll("button").entries()) {
    // not `disabled`, which would take the focus from who walks to the end
    button.setAttribute("aria-disabled", String(!layer || stepped(pointed.index, k ? 1 : -1, layer.shape[0]) === pointed.index));
  }
  if (!layer) {
    words.textContent = "From here on there are no maps, only numbers. Point at one, or walk there with the arrow keys, to see what it is made of and which part of the digit it sees.";
    return;
  }
  const [height, width] = block.arrays.image.shape;
  const { rows, columns } = seenBy(layer, pointed.index, height, width);
  frame(mark, rows, columns, height, width);
  const isAll = rows[1] - rows[0] === height && columns[1] - columns[0] === width;
  const seen = isAll ? "all of the digit" : `rows ${rows[0]}–${rows[1] - 1}, columns ${columns[0]}–${columns[1] - 1} of the digit`;
  words.textContent = `${originOf(layer, pointed.index, block.arrays)} It sees ${seen}.`;
}

// A cell of "flatten" is one of a map; every unit behind it reads all of them.
function seenBy({ kind, from }, index, height, width) {
  if (kind !== "Flatten") return { rows: [0, height], columns: [0, width] };
  const { row, column } = cellOf(from.shape, index);
  return { rows: from.rows[row], columns: from.columns[column] };
}

function cellOf([, columns, maps], index) {
  return { row: Math.floor(index / (columns * maps)), column: Math.floor(index / maps) % columns, map: index % maps };
}

function originOf({ name, kind, isAnswer, from }, index, arrays) {
  const value = written(arrays[name].values[index]);
  const before = arrays[from.name].values;
  const title = `${name}, ${kind === "Flatten" ? "cell" : isAnswer ? "digit" : "unit"} ${index}: ${value}.`;
  if (kind === "Flatten") {
    const [, columns, maps] = from.shape;
    const { row, column, map } = cellOf(from.shape, index);
    return `${title} It is row ${row}, column ${column} of map ${map + 1} of ${from.name}: (${row} × ${columns} + ${column}) × ${maps} + ${map} = ${index}, counted from 0.`;
  }
  if (kind === "ReLU") return `${title} It is max(0, ${written(before[index])}), of the same unit of ${from.name}.`;
  if (kind === "Softmax") {
    const sum = before.reduce((total, logit) => total + Math.exp(logit), 0);
    return `${title} It is e to the power of ${written(before[index])}, divided by ${written(sum)}: the sum of that over all ten ${from.name}.`;
  }
  const count = before.length.toLocaleString("en");
  return `${title} It is the sum of all ${count} numbers of ${from.name}, each times a weight of its own, plus a bias.`;
}
