// What is drawn: `base` when the numbers change, `overlay` whenever somebody points.

const WEIGHTS_FROM = 40; // px: the smallest cell with room for the weight beside its own number

const painting = {
  // ---- colours -------------------------------------------------------------------------------

  inputColour(channel) {
    const { model } = this;
    if (model.scales.input === "pixels") return pixelColour(model.channel_names[channel]);
    return signedColour(this.palette, largest(model.value.input, 0, 1));
  },

  outputLimit(filter) {
    const [start, step] = this.scope === "layer" ? [0, 1] : [filter, this.model.filters];
    return Math.max(...this.outputs().map(({ value }) => largest(value.output, start, step)));
  },

  // Pooled pixels are pixels still; the maps of filters never are.
  outputColour(filter) {
    return this.model.scales.output === "pixels" ? pixelColour(this.model.channel_names[filter]) : signedColour(this.palette, this.outputLimit(filter));
  },

  outputs() {
    return this.beside ? [this.model, this.beside] : [this.model];
  },

  // ---- painting ------------------------------------------------------------------------------

  paintBase() {
    this.paintPlanes();
    this.paintKernels();
    this.paintMap();
  },

  paintPlanes() {
    const { model, palette } = this;
    const ctx = this.clear("input", "base");
    const paddingColour = parseColour(palette.surface);
    const inside = (r, c) => r >= 0 && r < model.rows && c >= 0 && c < model.columns;
    const read = (r, c) => model.readers.rows.has(r) && model.readers.columns.has(c);
    const mine = model.channelsOf(this.filter);
    if (this.picture) this.paintPicture(ctx, this.picture, model.input, (r, c) => (inside(r, c) ? null : paddingColour));
    this.planes.forEach((grid, channel) => {
      const colour = this.inputColour(channel);
      ctx.globalAlpha = mine.includes(channel) ? 1 : 0.25;
      paintGrid(ctx, grid, {
        colour: (r, c) => (inside(r, c) ? colour(model.input(r, c, channel)) : paddingColour),
        text: (r, c) => (inside(r, c) ? inCell(model.input(r, c, channel)) : model.padding.mark),
        ink: (r, c) => (inside(r, c) ? null : palette.quiet),
        hatched: (r, c) => (inside(r, c) ? (read(r, c) ? null : palette.quiet) : palette.border),
        line: palette.border,
      });
      this.paintLabel(ctx, grid, model.channels > 1 ? model.channel_names[channel] : "");
      if (this.indexed && grid.cell >= 14) paintIndices(ctx, grid, { rows: model.rows, columns: model.columns, colour: palette.quiet });
    });
    ctx.globalAlpha = 1;
  },

  // Three channels as one picture; where `instead` has a colour, that.
  paintPicture(ctx, grid, value, instead = () => null) {
    const level = (r, c, channel) => Math.round(255 * clamp(value(r, c, channel), 0, 1));
    const colour = (r, c) => instead(r, c) ?? [0, 1, 2].map((channel) => level(r, c, channel));
    paintGrid(ctx, grid, { colour, line: this.palette.border });
    this.paintLabel(ctx, grid, "picture");
  },

  paintLabel(ctx, grid, words) {
    if (!words) return; // choosing a font costs something
    ctx.fillStyle = this.palette.quiet;
    ctx.font = `12px ${this.fontFamily}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.fillText(words, grid.x, grid.y + grid.height + 13);
  },

  paintKernels() {
    const { model, palette } = this;
    const ctx = this.clear("filter", "base");
    if (!model.value.kernel) return;
    const colour = signedColour(palette, largest(model.value.kernel, this.filter, model.filters));
    const channels = model.channelsOf(this.filter);
    this.kernels.forEach((grid, slice) => {
      const weight = (i, j) => model.weight(i, j, slice, this.filter);
      paintGrid(ctx, grid, { colour: (i, j) => colour(weight(i, j)), text: (i, j) => inCell(weight(i, j)), line: palette.border });
      this.paintLabel(ctx, grid, model.slices > 1 ? model.channel_names[channels[slice]] : "");
    });
    if (!this.near) return;
    const { kernel, loupe } = this.near;
    const weight = (i, j) => model.weight(i, j, this.slice, this.filter);
    paintGrid(ctx, kernel, { colour: (i, j) => colour(weight(i, j)), text: (i, j) => inCell(weight(i, j)), line: palette.border });
    this.paintLabel(ctx, { ...kernel, x: loupe.x }, channelWords(model, channels[this.slice]));
  },

  paintMap() {
    const { palette } = this;
    const ctx = this.clear("output", "base");
    if (this.outputPicture) this.paintPicture(ctx, this.outputPicture, this.model.output);
    const colour = this.outputColour(this.filter);
    this.outputs().forEach((model, k) => {
      const map = this.maps[k];
      const value = (r, c) => model.output(r, c, this.filter);
      paintGrid(ctx, map, { colour: (r, c) => colour(value(r, c)), text: (r, c) => inCell(value(r, c)), line: palette.border });
      if (map.cell >= 14) paintIndices(ctx, map, { rows: model.outRows, columns: model.outColumns, colour: palette.quiet });
      const channel = this.outputPicture ? model.channel_names[this.filter] : "";
      if (this.beside || channel) this.paintLabel(ctx, map, [this.beside && model.name, channel].filter(Boolean).join(", "));
    });
    this.paintBar();
  },

  paintBar() {
    const { model, map, parts: { bar, ticks } } = this;
    const signed = model.scales.output !== "pixels";
    const limit = signed ? this.outputLimit(this.filter) : 1;
    const colour = this.outputColour(this.filter);
    const height = clamp(map.height, 48, 220);
    const ctx = sizeCanvas(bar, 10, height, this.fontFamily);
    for (let y = 0; y < height; y += 1) {
      const share = 1 - y / (height - 1);
      ctx.fillStyle = `rgb(${colour(signed ? limit * (2 * share - 1) : share)})`;
      ctx.fillRect(0, y, 10, 1.5);
    }
    const words = signed ? [`+${written(limit, 3)}`, "0", `−${written(limit, 3)}`] : ["1", "0.5", "0"];
    Array.from(ticks.children).forEach((tick, k) => { tick.textContent = limit || !signed ? words[k] : k === 1 ? "0" : ""; });
    ticks.style.height = `${height}px`;
  },

  clear(name, layer) {
    const { ctx } = this.blocks[name][layer];
    wipe(ctx);
    return Object.assign(ctx, { fontFamily: this.fontFamily });
  },

  // What is pointed at, or else the cell of the transport: one path for hover, steps and play.
  paintOverlay() {
    const { model } = this;
    const contexts = { input: this.clear("input", "overlay"), filter: this.clear("filter", "overlay"), output: this.clear("output", "overlay") };
    const pointer = this.pointer ?? { on: "output", ...this.cellAt(this.position) };
    const paint = { output: this.overlayOutput, input: this.overlayInput, weight: this.overlayWeight }[pointer.on];
    const said = paint.call(this, contexts, pointer);
    this.parts.sum.replaceChildren(...said.lines);
    this.spoken = said.spoken;
    this.parts.scrub.value = String(this.position + 1);
    this.parts.count.textContent = `cell ${this.position + 1} of ${model.cells}`;
    this.parts.scrub.setAttribute("aria-valuetext", `row ${this.cellAt(this.position).r}, column ${this.cellAt(this.position).c}`);
    if (this.pinned) this.paintPin(contexts.output);
    this.paintDigit(pointer.on === "output" ? pointer : this.cellAt(this.position));
  },

  overlayOutput({ input, filter, output }, { r, c }) {
    const { model, palette } = this;
    const said = outputLines(this.outputs(), r, c, this.filter);
    const slices = model.channelsOf(this.filter);
    if (this.picture) this.outlineWindow(input, this.picture, said.cells);
    for (const [slice, channel] of slices.entries()) {
      const grid = this.planes[channel];
      this.outlineWindow(input, grid, said.cells);
      if (model.value.kernel && grid.cell >= WEIGHTS_FROM) this.paintWeights(input, grid, said.cells, slice);
      if (said.winner) this.outline(input, grid, said.winner.r, said.winner.c, 3.5);
      if (this.near && slice === this.slice) this.paintLoupe(filter, this.near.loupe, this.near.kernel, said, channel);
      else if (this.loupe && !this.near) this.paintLoupe(filter, this.loupes[model.value.kernel ? slice : 0], this.kernels[slice], said, channel);
    }
    if (model.value.kernel) for (const grid of this.kernelGrids()) strokeBox(filter, grid, palette.pointer, grid.cell < NUMBERS_FROM ? 1 : 2);
    if (this.outputPicture) this.outline(output, this.outputPicture, r, c, 2.5);
    for (const map of this.maps) {
      this.outline(output, map, r, c, 2.5);
      if (map.cell < 14) paintIndices(output, map, { colour: palette.pointer, only: { rows: [r], columns: [c] } });
    }
    const middle = said.cells.filter(({ inside }) => inside);
    if (this.indexed && this.planes[0].cell < 14 && middle.length) {
      const only = { rows: [middle[0].r], columns: [middle[0].c] };
      for (const channel of slices) paintIndices(input, this.planes[channel], { colour: palette.pointer, only });
    }
    return said;
  },

  overlayInput({ input, output }, { r, c, channel }) {
    const said = inputLines(this.model, r, c, channel, this.filter);
    this.outline(input, this.planes[channel], r, c, 2.5);
    for (const map of this.maps) for (const row of said.feeds.rows) for (const column of said.feeds.columns) this.shade(output, map, row, column);
    return said;
  },

  overlayWeight({ input, filter, output }, { i, j, slice }) {
    const said = weightLines(this.model, i, j, slice, this.filter);
    this.outline(filter, this.kernels[slice], i, j, 2.5);
    if (this.near && slice === this.slice) this.outline(filter, this.near.kernel, i, j, 2.5);
    for (const r of said.rows) for (const c of said.columns) this.shade(input, this.planes[said.channel], r, c);
    strokeBox(output, { x: this.map.x, y: this.map.y, width: this.map.width, height: this.map.height }, this.palette.pointer, 2);
    return said;
  },

  outline(ctx, grid, r, c, width) {
    const { x, y, size } = grid.box(r, c);
    strokeBox(ctx, { x, y, width: size, height: size }, this.palette.pointer, width);
  },

  shade(ctx, grid, r, c) {
    const { x, y, size } = grid.box(r, c);
    ctx.fillStyle = `${this.palette.pointer}55`;
    ctx.fillRect(x, y, size, size);
    if (size >= 6) strokeBox(ctx, { x, y, width: size, height: size }, this.palette.pointer, 1);
  },

  outlineWindow(ctx, grid, cells) {
    const first = grid.box(cells[0].r, cells[0].c);
    const last = grid.box(cells[cells.length - 1].r, cells[cells.length - 1].c);
    const whole = { x: first.x, y: first.y, width: last.x - first.x + grid.cell, height: last.y - first.y + grid.cell };
    const { model } = this;
    const dense = Math.round(whole.height / grid.cell) === model.kernelRows && Math.round(whole.width / grid.cell) === model.kernelColumns;
    if (dense) {
      strokeBox(ctx, whole, this.palette.pointer, 2.5);
      return;
    }
    ctx.setLineDash([3, 3]);
    strokeBox(ctx, whole, this.palette.pointer, 1);
    ctx.setLineDash([]);
    for (const { r, c } of cells) this.shade(ctx, grid, r, c);
  },

  // In cells with room for it, the weight that multiplies the cell stands in its corner.
  paintWeights(ctx, grid, cells, slice) {
    ctx.font = `600 9.5px ${this.fontFamily}`;
    ctx.textAlign = "right";
    ctx.textBaseline = "alphabetic";
    for (const { i, j, r, c } of cells) {
      const words = `×${inCell(this.model.weight(i, j, slice, this.filter))}`;
      const { x, y, size } = grid.box(r, c);
      const width = ctx.measureText(words).width + 4;
      ctx.fillStyle = this.palette.pointer;
      ctx.fillRect(x + size - width - 1, y + size - 13, width, 12);
      ctx.fillStyle = textOn(parseColour(this.palette.pointer));
      ctx.fillText(words, x + size - 3, y + size - 3.5);
    }
  },

  // The window's own numbers beside the kernel, for pictures whose cells are too small to print them.
  paintLoupe(ctx, grid, kernel, said, channel) {
    const { model, palette } = this;
    const colour = this.inputColour(channel);
    const cell = (i, j) => said.cells[i * model.kernelColumns + j];
    const value = (i, j) => model.input(cell(i, j).r, cell(i, j).c, channel);
    paintGrid(ctx, grid, {
      colour: (i, j) => (cell(i, j).inside ? colour(value(i, j)) : parseColour(palette.surface)),
      text: (i, j) => (cell(i, j).inside ? inCell(value(i, j)) : model.padding.mark),
      ink: (i, j) => (cell(i, j).inside ? null : palette.quiet),
      line: palette.border,
    });
    strokeBox(ctx, { x: grid.x, y: grid.y, width: grid.width, height: grid.height }, palette.pointer, 2);
    if (said.winner) this.outline(ctx, grid, said.winner.i, said.winner.j, 3.5);
    if (kernel) {
      ctx.fillStyle = palette.quiet;
      ctx.font = `14px ${this.fontFamily}`;
      ctx.textAlign = "center";
      ctx.textBaseline = "middle";
      const beside = kernel.y === grid.y;
      const [x, y] = beside ? [grid.x + grid.width + 8, grid.y + grid.height / 2] : [grid.x + grid.width / 2, grid.y + grid.height + 8];
      ctx.fillText("×", x, y);
    }
  },

  // In a network, what a cell can see of the picture that everything began with.
  paintDigit({ r, c }) {
    const { model, palette, parts: { digit } } = this;
    digit.hidden = !model.arrays.digit;
    if (digit.hidden) return;
    const [rows, columns] = model.arrays.digit.shape;
    const grid = makeGrid({ rows, columns, cell: 4, x: 1, y: 1 });
    const ctx = sizeCanvas(digit.querySelector("canvas"), grid.width + 2, grid.height + 2, this.fontFamily);
    const colour = pixelColour("grey");
    paintGrid(ctx, grid, { colour: (y, x) => colour(model.arrays.digit.values[y * columns + x]), line: palette.border });
    const [[top, bottom], [left, right]] = [["receptive_rows", r], ["receptive_columns", c]].map(([name, k]) => model.arrays[name].values.slice(2 * k, 2 * k + 2));
    strokeBox(ctx, { x: grid.x + 4 * left, y: grid.y + 4 * top, width: 4 * (right - left), height: 4 * (bottom - top) }, palette.pointer, 2);
    digit.querySelector("figcaption").textContent = `sees rows ${top}–${bottom - 1}, columns ${left}–${right - 1} of the digit`;
  },

  paintPin(ctx) {
    const { r, c } = this.cellAt(this.position);
    const { x, y, size } = this.map.box(r, c);
    ctx.fillStyle = this.palette.pointer;
    ctx.beginPath();
    ctx.arc(x + size, y, Math.max(3.5, Math.min(5, size / 5)), 0, 2 * Math.PI);
    ctx.fill();
  },
};
