// A grid of square cells on a canvas. It knows nothing about convolution: it is given a colour and a
// text for a position, and tells which position lies under a point.

const NUMBERS_FROM = 20; // px: the smallest cell that holds a readable number
const ZEROS_FROM = 28; // px: below this, 0.5 is written .5 and can be larger
const HATCH_FROM = 8; // px: below this, lines would run together and a tint says the same
const LINES_FROM = 5; // px: the smallest cell that is drawn with its border

// Alt and an arrow is the browser's Back, Ctrl and a plus its zoom: keys that are held with these are not ours.
const isShortcut = ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;

function parseColour(hex) {
  return [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));
}

// Any colour of CSS in the one form that `parseColour` reads.
const probe = new OffscreenCanvas(1, 1).getContext("2d");

function hexOf(colour) {
  probe.fillStyle = "#ffffff"; // stays where there is no colour
  probe.fillStyle = colour.trim();
  return probe.fillStyle;
}

function mix(from, to, share) {
  return from.map((value, k) => Math.round(value + (to[k] - value) * share));
}

// Zero-centred: the same distance from zero is the same strength of colour on both sides.
function signedColour(palette, limit) {
  const [negative, zero, positive] = [palette.negative, palette.zero, palette.positive].map(parseColour);
  return (value) => {
    if (!limit || !Number.isFinite(value)) return zero;
    const share = Math.min(1, Math.abs(value) / limit);
    return mix(zero, value < 0 ? negative : positive, share);
  };
}

// Pixels: the one colour that the channel stands for, or else grey.
function pixelColour(channel) {
  const colours = ["red", "green", "blue"];
  return (value) => {
    const level = Math.round(255 * Math.min(1, Math.max(0, value)));
    return colours.includes(channel) ? colours.map((name) => (name === channel ? level : 0)) : [level, level, level];
  };
}

// Dark text on light, light on dark: whichever has more contrast (relative luminance, WCAG 2).
function textOn([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((v) => (v <= 10 ? v / 3294 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#12141a" : "#ffffff";
}

// Whether Streamlit's theme is dark, by the computed style of any element.
function isDark(style) {
  return textOn(parseColour(hexOf(style.getPropertyValue("--st-background-color")))) === "#ffffff";
}

// top, left: how many padded cells stand before cell 0 of each axis.
function makeGrid({ rows, columns, cell, x, y, top = 0, left = 0 }) {
  return {
    rows, columns, cell, x, y, top, left,
    width: columns * cell,
    height: rows * cell,
    numbers: cell >= NUMBERS_FROM,
    at(px, py) {
      const row = Math.floor((py - y) / cell);
      const column = Math.floor((px - x) / cell);
      return row >= 0 && row < rows && column >= 0 && column < columns ? { r: row - top, c: column - left } : null;
    },
    box(r, c) {
      return { x: x + (c + left) * cell, y: y + (r + top) * cell, size: cell };
    },
  };
}

// A pixel a cell, before they are enlarged: one canvas for all, since making one costs more than filling
// it. What it holds is good until the next call.
const scratch = new OffscreenCanvas(1, 1);

function unscaled(pixels) {
  if (scratch.width < pixels.width || scratch.height < pixels.height) {
    scratch.width = Math.max(scratch.width, pixels.width);
    scratch.height = Math.max(scratch.height, pixels.height);
  }
  scratch.getContext("2d").putImageData(pixels, 0, 0);
  return scratch;
}

// Paints every cell: colour(r, c) -> [r, g, b], text(r, c) -> string, hatched(r, c) -> colour or null.
function paintGrid(ctx, grid, { colour, text, hatched, ink, line }) {
  const { rows, columns, cell, x, y, top, left } = grid;
  const pixels = new ImageData(columns, rows);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const at = 4 * (row * columns + column);
      const [red, green, blue] = colour(row - top, column - left);
      pixels.data[at] = red;
      pixels.data[at + 1] = green;
      pixels.data[at + 2] = blue;
      pixels.data[at + 3] = 255;
    }
  }
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(unscaled(pixels), 0, 0, columns, rows, x, y, columns * cell, rows * cell);
  if (hatched) hatch(ctx, grid, hatched);
  if (cell >= LINES_FROM) paintLines(ctx, grid, line);
  if (grid.numbers && text) paintNumbers(ctx, grid, colour, text, ink);
  ctx.strokeStyle = line;
  ctx.lineWidth = 1;
  ctx.strokeRect(x - 0.5, y - 0.5, columns * cell + 1, rows * cell + 1);
}

function hatch(ctx, { rows, columns, cell, x, y, top, left }, hatched) {
  const places = {}; // by their colour
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const colour = hatched(row - top, column - left);
      if (colour) (places[colour] ??= []).push([x + column * cell, y + row * cell]);
    }
  }
  for (const [colour, corners] of Object.entries(places)) {
    if (cell < HATCH_FROM) {
      ctx.fillStyle = `${colour}99`;
      for (const [cx, cy] of corners) ctx.fillRect(cx, cy, cell, cell);
      continue;
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = 1;
    ctx.beginPath();
    for (const [cx, cy] of corners) hatchCell(ctx, cx, cy, cell);
    ctx.stroke();
  }
}

// Diagonals, on which x + y is the same everywhere: a multiple of the step, measured from the canvas,
// so that the lines of neighbouring cells join.
function hatchCell(ctx, x, y, cell) {
  const step = Math.max(3, cell / 5);
  for (let sum = Math.ceil((x + y) / step) * step; sum < x + y + 2 * cell; sum += step) {
    const right = Math.min(x + cell, sum - y);
    const left = Math.max(x, sum - y - cell);
    ctx.moveTo(right, sum - right);
    ctx.lineTo(left, sum - left);
  }
}

function paintLines(ctx, { rows, columns, cell, x, y }, line) {
  ctx.strokeStyle = line;
  ctx.lineWidth = cell >= 12 ? 1 : 0.5;
  ctx.beginPath();
  for (let row = 1; row < rows; row += 1) {
    ctx.moveTo(x, y + row * cell - 0.5);
    ctx.lineTo(x + columns * cell, y + row * cell - 0.5);
  }
  for (let column = 1; column < columns; column += 1) {
    ctx.moveTo(x + column * cell - 0.5, y);
    ctx.lineTo(x + column * cell - 0.5, y + rows * cell);
  }
  ctx.stroke();
}

function paintNumbers(ctx, { rows, columns, cell, x, y, top, left }, colour, text, ink) {
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  let last = null; // choosing a font costs as much as writing
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const written = text(row - top, column - left);
      if (!written) continue;
      const words = cell < ZEROS_FROM ? written.replace(/^(−?)0\./, "$1.") : written;
      const size = Math.min(15, (1.5 * cell) / Math.max(words.length, 3.2));
      if (size !== last) ctx.font = `${size}px ${ctx.fontFamily}`;
      last = size;
      ctx.fillStyle = (ink && ink(row - top, column - left)) || textOn(colour(row - top, column - left));
      ctx.fillText(words, x + (column + 0.5) * cell, y + (row + 0.5) * cell + 0.5);
    }
  }
}

function paintIndices(ctx, grid, { rows, columns, colour, only }) {
  ctx.fillStyle = colour;
  ctx.font = `11px ${ctx.fontFamily}`;
  ctx.textAlign = "center";
  ctx.textBaseline = "alphabetic";
  for (const c of only ? only.columns : Array.from({ length: columns }, (_, k) => k)) {
    ctx.fillText(written(c), grid.x + (c + grid.left + 0.5) * grid.cell, grid.y - 6);
  }
  ctx.textAlign = "right";
  ctx.textBaseline = "middle";
  for (const r of only ? only.rows : Array.from({ length: rows }, (_, k) => k)) {
    ctx.fillText(written(r), grid.x - 6, grid.y + (r + grid.top + 0.5) * grid.cell);
  }
}

// Every pixel of the screen under a canvas, whatever it is scaled by.
function wipe(ctx) {
  ctx.save();
  ctx.resetTransform();
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  ctx.restore();
}

// An empty canvas of width x height CSS pixels, sharp on every screen. One that has its size already is
// wiped: a browser makes a new one whenever a size is set.
function sizeCanvas(canvas, width, height, fontFamily) {
  const ratio = window.devicePixelRatio || 1;
  const ctx = canvas.getContext("2d");
  const [across, down] = [Math.ceil(width * ratio), Math.ceil(height * ratio)];
  if (!ctx.fontFamily || canvas.width !== across || canvas.height !== down) {
    canvas.width = across;
    canvas.height = down;
    ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  } else wipe(ctx);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  ctx.fontFamily = fontFamily;
  return ctx;
}

function strokeBox(ctx, { x, y, width, height }, colour, lineWidth) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = lineWidth;
  ctx.strokeRect(x, y, width, height);
}
