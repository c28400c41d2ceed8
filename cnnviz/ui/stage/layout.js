// Where everything stands: how large a cell is, which grid lies where, the words around the grids.

const INDEX = { x: 26, y: 22 }; // px kept free for the row and column indices
const SIGNS = 110; // px for the signs between the three blocks, and the gaps
const BAR = 66; // px for the colour bar and its numbers
const PRESETS = 160; // px that the menu over the kernel takes
const LABEL = 17; // px under a plane for its channel's name

const layout = {
  // ---- layout --------------------------------------------------------------------------------

  layOut() {
    const { model, element } = this;
    if (!model) return;
    this.width = element.clientWidth;
    if (!this.width) return;
    const style = getComputedStyle(element);
    this.fontFamily = style.fontFamily;
    this.dark = isDark(style);
    this.palette = model.palettes[this.dark ? "dark" : "light"];
    for (const [name, colour] of Object.entries(this.palette)) element.style.setProperty(`--${name}`, colour);
    const narrow = this.width < 700;
    this.room = this.width - SIGNS;
    element.classList.toggle("narrow", narrow);
    element.classList.toggle("paired", Boolean(this.beside));
    const height = clamp(window.innerHeight - 420, 250, 460);
    this.layOutInput(narrow, height);
    this.layOutFilter(narrow, height);
    this.layOutOutput(narrow, height);
    this.writeHeadings();
    this.drawMaps();
    this.paintBase();
    this.paintOverlay();
  },

  // One grid a channel. A picture in colour stands before its three channels as it looks.
  layOutInput(narrow, height) {
    const { model } = this;
    const inColour = model.scales.input === "pixels" && model.channels === 3;
    const room = narrow ? { width: this.width * 0.62, height: 300, most: 34 } : { width: this.room * 0.41, height, most: clamp(260 / model.rows, 44, 64) };
    // many planes have no room for an index each; what is pointed at is said in words
    this.indexed = model.channels <= 4;
    const free = this.indexed ? INDEX : { x: 8, y: 4 };
    const placed = arrange(model.channels + (inColour ? 1 : 0), room, {
      rows: model.top + model.rows + model.bottom,
      columns: model.left + model.columns + model.right,
      x: free.x,
      y: free.y + (model.channels > 1 ? LABEL : 0),
    });
    const grids = placed.places.map(({ x, y }) => makeGrid({ ...placed.grid, x: x + free.x, y: y + free.y, top: model.top, left: model.left }));
    this.picture = inColour ? grids.shift() : null;
    this.planes = grids;
    this.sizeBlock("input", placed.width + 2, placed.height + 2);
  },

  // The kernel's slices; beside each, where the input's own numbers are too small, the loupe.
  layOutFilter(narrow, height) {
    const { model } = this;
    const weights = Boolean(model.value.kernel);
    this.loupe = !this.planes[0].numbers || !weights;
    const pairs = this.loupe && weights;
    const beside = pairs && !narrow;
    const room = narrow ? { width: this.width * 0.33, height: 300, most: 34 } : { width: this.room * 0.27, height: height - 52, most: clamp(130 / model.kernelRows, 38, 56) };
    const { kernelRows, kernelColumns } = model;
    const between = pairs ? 16 : 0;
    const placed = arrange(weights ? model.slices : 1, room, {
      rows: kernelRows * (pairs && narrow ? 2 : 1),
      columns: kernelColumns * (beside ? 2 : 1),
      x: 12 + (beside ? between : 0),
      y: 10 + (weights && model.slices > 1 ? LABEL : 0) + (pairs && narrow ? between : 0),
    });
    const { cell } = placed.grid;
    const grid = (place, k) => makeGrid({
      rows: kernelRows, columns: kernelColumns, cell,
      x: 2 + place.x + (beside ? k * (kernelColumns * cell + between) : 0),
      y: 2 + place.y + (beside ? 0 : k * (kernelRows * cell + between)),
    });
    this.loupes = this.loupe ? placed.places.map((place) => grid(place, 0)) : [];
    this.kernels = weights ? placed.places.map((place) => grid(place, pairs ? 1 : 0)) : [];
    this.near = pairs && model.slices > 1 && cell < NUMBERS_FROM ? this.nearestSlice(room) : null;
    const size = this.near ?? placed;
    this.sizeBlock("filter", size.width + 4, size.height + 4);
  },

  // Where the numbers of all slices have no room, all stand small, and one of them large under them,
  // with its window: the one that was pointed at last.
  nearestSlice(room) {
    const { model } = this;
    const { kernelRows: rows, kernelColumns: columns } = model;
    const small = arrange(model.slices, { width: room.width, height: 76, most: 11 }, { rows, columns, x: 8, y: LABEL });
    const top = small.height + 10;
    const cells = [[2, 1], [1, 2]].map(([across, down]) => cellSize(Math.min(
      (room.width - 16 * (across - 1)) / (across * columns),
      (room.height - top - LABEL - 16 * (down - 1)) / (down * rows),
    ), room.most));
    const cell = Math.max(...cells);
    if (cell < NUMBERS_FROM) return null;
    const [across, down] = cell === cells[0] ? [columns * cell + 16, 0] : [0, rows * cell + 16];
    const [loupe, kernel] = [0, 1].map((k) => makeGrid({ rows, columns, cell, x: 2 + k * across, y: 2 + top + k * down }));
    this.kernels = small.places.map(({ x, y }) => makeGrid({ ...small.grid, x: 2 + x, y: 2 + y }));
    this.slice = clamp(this.slice, 0, model.slices - 1);
    return { loupe, kernel, width: Math.max(small.width, kernel.x + kernel.width), height: kernel.y + kernel.height + LABEL };
  },

  layOutOutput(narrow, height) {
    const { model } = this;
    const room = narrow ? { width: this.width - BAR, height: 250, most: 36 } : { width: this.room - this.blocks.input.width - Math.max(PRESETS, this.blocks.filter.width) - BAR, height: height - (model.filters > 1 ? 76 : 0), most: clamp(260 / model.outRows, 44, 64) };
    // What is made of a picture in colour, pixel by pixel, is one again.
    const inColour = Boolean(this.picture) && model.scales.output === "pixels";
    const count = this.outputs().length + (inColour ? 1 : 0);
    const item = { rows: model.outRows, columns: model.outColumns, x: INDEX.x, y: INDEX.y + (count > 1 ? LABEL : 0) };
    const placed = arrange(count, room, item);
    const grids = placed.places.map(({ x, y }) => makeGrid({ ...placed.grid, x: x + INDEX.x, y: y + INDEX.y }));
    this.outputPicture = inColour ? grids.shift() : null;
    this.maps = grids;
    [this.map] = grids;
    this.sizeBlock("output", placed.width + 2, placed.height + 2);
  },

  sizeBlock(name, width, height) {
    const block = this.blocks[name];
    block.width = width;
    block.base.ctx = sizeCanvas(block.base, width, height, this.fontFamily);
    block.overlay.ctx = sizeCanvas(block.overlay, width, height, this.fontFamily);
  },

  // ---- words around the grids ----------------------------------------------------------------

  writeHeadings() {
    const { model, blocks } = this;
    const { top, bottom, left, right } = model;
    blocks.input.shape.textContent = `${model.rows} × ${model.columns} × ${model.channels}`;
    blocks.input.caption.textContent = [
      top || bottom || left || right ? `padded to ${top + model.rows + bottom} × ${left + model.columns + right} · top ${top}, bottom ${bottom} · left ${left}, right ${right}` : "no padding",
      neverRead(model),
    ].filter(Boolean).join(" · ");
    blocks.output.shape.textContent = `${model.outRows} × ${model.outColumns} × ${model.filters}`;
    blocks.output.caption.textContent = [
      `map ${this.filter + 1} of ${model.filters}`,
      model.activation && model.activation !== "linear" ? `after ${model.activation}` : "",
      this.scope === "map" && model.filters > 1 && model.scales.output === "signed" ? "each its own scale: a map of next to nothing looks busy too" : "",
    ].filter(Boolean).join(" · ");
    const pooling = !model.value.kernel;
    this.element.querySelector(".times").textContent = pooling ? "→" : "∗";
    this.element.querySelector(".equals").textContent = pooling ? "→" : "=";
    blocks.filter.title.textContent = pooling ? "Window" : `Filter ${this.filter + 1}`;
    blocks.filter.shape.textContent = `${model.kernelRows} × ${model.kernelColumns}${pooling ? "" : ` × ${model.slices}`}`;
    blocks.filter.caption.textContent = pooling ? { max_pooling: "the largest wins", average_pooling: "all count alike" }[model.kind] : [model.editable.weights ? "click a weight to edit" : "", model.flipped ? "flipped" : ""].filter(Boolean).join(" · ");
    blocks.filter.block.querySelector(".bias").hidden = !model.value.bias;
    this.biasInput.readOnly = !model.editable.weights;
    if (this.root.activeElement !== this.biasInput) this.restoreBias();
    this.biasInput.setAttribute("aria-label", `bias of filter ${this.filter + 1}`);
    blocks.input.overlay.setAttribute("aria-label", `Input, ${model.rows} by ${model.columns}, ${model.channels} ${model.channels === 1 ? "channel" : "channels"}. Arrow keys walk through its cells${model.editable.input ? ", Enter edits one" : ""}.`);
    // there is nothing to walk through in a window
    blocks.filter.overlay.tabIndex = pooling ? -1 : 0;
    blocks.filter.overlay.setAttribute("role", pooling ? "img" : "application");
    blocks.filter.overlay.setAttribute("aria-label", pooling ? "The window" : `Weights of filter ${this.filter + 1}. Arrow keys walk through them${model.editable.weights ? ", Enter edits one" : ""}.`);
    blocks.output.overlay.setAttribute("aria-label", `Output map ${this.filter + 1}, ${model.outRows} by ${model.outColumns}${this.beside ? `, ${model.name} and ${this.beside.name}` : ""}. Arrow keys move the cell, Enter pins it.`);
    this.parts.scrub.max = model.cells;
    this.writePresets();
  },

  // One menu for the whole filter, and one for each channel where these are few.
  writePresets() {
    const { model, parts: { presets } } = this;
    presets.hidden = !model.editable?.weights;
    if (presets.hidden) return;
    // what was asked for stands there until Python has answered for it
    const asked = (slice) => this.pending.filter((edit) => edit.kind === "preset" && edit.filter === this.filter && edit.slice === slice).at(-1)?.name;
    const chosen = model.presets.chosen[this.filter].map((name, slice) => asked(slice) ?? asked(null) ?? name);
    const menus = [{ slice: null, name: chosen.every((name) => name === chosen[0]) ? chosen[0] : "mixed", label: `Weights of filter ${this.filter + 1}` }];
    if (model.slices > 1 && model.slices <= 4) {
      const channels = model.channelsOf(this.filter);
      chosen.forEach((name, slice) => menus.push({ slice, name, label: `${model.channel_names[channels[slice]]} kernel` }));
    }
    const selects = [...presets.querySelectorAll("select")];
    const wasMixed = selects[0]?.value === "mixed";
    if (selects.length === menus.length) {
      selects.forEach((select, k) => this.fillPreset(select, menus[k]));
      if (menus[0].name === "mixed" && !wasMixed) presets.querySelector("details").open = true;
      return;
    }
    presets.querySelector("details")?.remove();
    // the first menu stays, and with it the focus
    if (selects.length) this.fillPreset(selects[0], menus[0]);
    else presets.append(this.presetSelect(menus[0]));
    const each = menus.slice(1).map((menu) => this.presetSelect(menu));
    if (!each.length) return;
    const details = document.createElement("details");
    details.open = menus[0].name === "mixed" || this.eachOpen;
    details.addEventListener("toggle", () => { this.eachOpen = details.open; });
    const summary = document.createElement("summary");
    summary.textContent = "a kernel for each channel";
    details.append(summary, ...each);
    presets.append(details);
  },

  presetSelect(menu) {
    const select = document.createElement("select");
    select.addEventListener("change", () => this.edit({ kind: "preset", filter: this.filter, slice: menu.slice, name: select.value }));
    let whole = select;
    if (menu.slice !== null) {
      whole = document.createElement("label");
      whole.append(document.createElement("span"), select);
    }
    this.fillPreset(select, menu);
    return whole;
  },

  // A menu that has the focus stays the same element, and may be the one that was just used.
  fillPreset(select, { slice, name, label }) {
    select.setAttribute("aria-label", label);
    select.title = label;
    if (slice !== null) select.previousSibling.textContent = label.split(" ")[0];
    const options = [...this.model.presets.menu];
    const isOffered = options.some(([one]) => one === name);
    if (!isOffered) options.unshift([name, name === "mixed" ? "a kernel each" : "edited"]);
    const written = JSON.stringify(options);
    if (select.dataset.options !== written) {
      select.dataset.options = written;
      select.replaceChildren(...options.map(([value, words]) => new Option(words, value)));
      if (!isOffered) select.options[0].disabled = true; // it is so, and cannot be chosen
    }
    select.value = name;
  },

  drawMaps() {
    const { model, parts: { maps } } = this;
    maps.hidden = model.filters === 1;
    this.parts.scope.hidden = model.filters === 1 || model.scales.output === "pixels";
    for (const button of this.parts.scope.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.dataset.scope === this.scope));
    if (maps.hidden) return;
    while (maps.children.length > model.filters) maps.lastChild.remove();
    while (maps.children.length < model.filters) maps.append(this.mapButton(maps.children.length));
    const side = (model.filters <= 5 ? 52 : 30) / Math.max(model.outRows, model.outColumns);
    Array.from(maps.children).forEach((button, filter) => {
      const name = model.map_names[filter];
      button.setAttribute("aria-pressed", String(filter === this.filter));
      button.setAttribute("aria-label", `Map ${filter + 1} of ${model.filters}, ${name}`);
      button.title = `${filter + 1}: ${name}`;
      const grid = makeGrid({ rows: model.outRows, columns: model.outColumns, cell: side, x: 0, y: 0 });
      const ctx = sizeCanvas(button.firstChild, grid.width, grid.height, this.fontFamily);
      const colour = this.outputColour(filter);
      paintGrid(ctx, grid, { colour: (r, c) => colour(model.output(r, c, filter)), line: "transparent" });
    });
  },

  mapButton(filter) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(document.createElement("canvas"));
    button.addEventListener("click", () => this.choose(filter));
    return button;
  },
};

// Places `count` grids of rows x columns cells in a room, in as many columns as make the cells largest.
// item.x, item.y: pixels that each grid needs beside and above its cells.
function arrange(count, room, item) {
  const fits = (across) => Math.min(
    (room.width / across - item.x) / item.columns,
    (room.height / Math.ceil(count / across) - item.y) / item.rows,
  );
  const choices = Array.from({ length: count }, (_, k) => k + 1);
  const across = choices.reduce((best, next) => (fits(next) > fits(best) + 0.25 ? next : best));
  const cell = cellSize(fits(across), room.most);
  const [width, height] = [item.columns * cell + item.x, item.rows * cell + item.y];
  return {
    grid: { rows: item.rows, columns: item.columns, cell },
    places: Array.from({ length: count }, (_, k) => ({ x: (k % across) * width, y: Math.floor(k / across) * height })),
    width: across * width,
    height: Math.ceil(count / across) * height,
  };
}

// Whole pixels keep lines sharp; below 4 px a fraction is needed to fill the space.
function cellSize(room, most) {
  return clamp(room >= 4 ? Math.floor(room) : room, 1, most);
}

function neverRead(model) {
  const missing = (count, readers) => Array.from({ length: count }, (_, k) => k).filter((k) => !readers.has(k));
  const rows = missing(model.rows, model.readers.rows);
  const columns = missing(model.columns, model.readers.columns);
  const words = [rows.length ? `rows ${listed(rows)}` : "", columns.length ? `columns ${listed(columns)}` : ""].filter(Boolean);
  return words.length ? `${words.join(" and ")} never read` : "";
}
