// The stage: one layer on one picture. Python sends what TensorFlow computed; this file lays it out,
// follows the pointer and the keyboard, and sends back what the visitor edits. It draws two layers:
// `base` when the numbers change, `overlay` whenever somebody points.

const STEP_MS = 600;
const SEND_AFTER_MS = 250;
const BLOCK_OF = { input: "input", weight: "filter", output: "output" };

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

class Stage {
  constructor(root) {
    this.root = root;
    this.element = root.querySelector(".stage");
    const part = (name) => this.element.querySelector(name);
    this.blocks = Object.fromEntries(["input", "filter", "output"].map((name) => {
      const block = part(`.block.${name}`);
      const [base, overlay] = block.querySelectorAll(".plate canvas");
      return [name, { block, base, overlay, plate: block.querySelector(".plate"), shape: block.querySelector(".shape"), title: block.querySelector(".title"), caption: block.querySelector(".caption") }];
    }));
    this.parts = Object.fromEntries(["presets", "digit", "bias", "bar", "ticks", "scope", "maps", "back", "play", "forward", "scrub", "count", "speed", "sum", "problem", "live"]
      .map((name) => [name, part(`.${name}`)]));
    this.biasInput = part(".bias input");
    this.filter = 0;
    this.slice = 0; // of the filter, where only one has room for its numbers
    this.position = 0; // the output cell, in reading order, that is shown while nobody points
    this.pinned = undefined; // until Python says whether a cell is
    this.pointer = null; // {on: "output" | "input" | "weight", ...}: what is pointed at now
    this.scope = "layer";
    this.pending = []; // edits that Python has not confirmed yet
    this.listen();
    this.resize = new ResizeObserver(() => this.width !== this.element.clientWidth && this.layOut());
    this.resize.observe(this.element);
  }

  destroy() {
    this.resize.disconnect();
    this.pause();
    clearTimeout(this.sending);
  }

  // ---- from Python -------------------------------------------------------------------------

  update(block, send) {
    this.send = send;
    this.pending = this.pending.filter(({ at }) => at > block.confirmed);
    const first = !this.model;
    // a pin keeps its cell, even through pictures that are too small for it
    const place = first ? null : this.pinned ? this.pinnedAt : this.cellAt(this.position);
    this.model = makeModel(block);
    this.beside = besideOf(block);
    // a hand may rest on a cell, weight or channel that the new picture has not
    const { rows, columns, channels, outRows, outColumns, kernelRows, kernelColumns, slices, top, bottom, left, right } = this.model;
    const shape = [rows, columns, channels, outRows, outColumns, kernelRows, kernelColumns, slices, top, bottom, left, right].join();
    if (shape !== this.shapeBefore) this.pointer = null;
    this.shapeBefore = shape;
    if (place) this.position = clamp(place.r, 0, this.model.outRows - 1) * this.model.outColumns + clamp(place.c, 0, this.model.outColumns - 1);
    if (!first && block.view.arrival !== this.arrival) this.pause(); // who comes by a link, or back, is shown what it says
    this.arrival = block.view.arrival;
    const view = JSON.stringify(block.view);
    if (first || view !== this.knownView) this.applyView(block.view);
    this.knownView = view;
    if (!first && block.shown !== this.shown) this.element.scrollIntoView({ block: "nearest" });
    this.shown = block.shown;
    this.filter = clamp(this.filter, 0, this.model.filters - 1);
    this.position = clamp(this.position, 0, this.model.cells - 1);
    if (block.sum === false) for (const part of [this.parts.sum, this.parts.live]) part.remove();
    this.layOut();
    if (this.editing) this.placeEditor();
  }

  applyView({ pin, scope }) {
    const { model } = this;
    this.scope = scope;
    // the middle of the picture says more than its corner
    if (!pin && this.pinned === undefined) this.position = Math.floor(model.outRows / 2) * model.outColumns + Math.floor(model.outColumns / 2);
    if (pin) this.filter = pin[2];
    // what walks goes on
    this.pinned = Boolean(pin) && !this.playing;
    if (!this.pinned) return;
    this.pinnedAt = { r: pin[0], c: pin[1] };
    this.position = clamp(pin[0], 0, model.outRows - 1) * model.outColumns + clamp(pin[1], 0, model.outColumns - 1);
  }

  // ---- pointing and keys ---------------------------------------------------------------------

  listen() {
    const { blocks, parts } = this;
    const within = (grids, name) => (x, y) => {
      for (const [index, grid] of grids().entries()) {
        const at = grid.at(x, y);
        if (at) return name(at, index);
      }
      return null;
    };
    this.onPoint(blocks.input.overlay, within(() => this.planes, (at, channel) => ({ on: "input", ...at, channel })), (at) => this.startEditing(at));
    this.onPoint(blocks.filter.overlay, within(() => this.kernelGrids(), ({ r, c }, at) => ({ on: "weight", i: r, j: c, slice: at < this.kernels.length ? at : this.slice })), (at) => this.startEditing(at));
    this.onPoint(blocks.output.overlay, within(() => this.maps, (at) => ({ on: "output", ...at })), (at) => this.pin(at));
    for (const [name, { overlay }] of Object.entries(blocks)) {
      overlay.addEventListener("keydown", (event) => this.onKey(name, event));
      // a click elsewhere has already pointed there when the old place loses the focus
      overlay.addEventListener("blur", () => BLOCK_OF[this.pointer?.on] === name && this.point(null));
    }
    parts.back.addEventListener("click", () => this.step(-1));
    parts.forward.addEventListener("click", () => this.step(1));
    parts.play.addEventListener("click", () => (this.playing ? this.pause() : this.play()));
    parts.scrub.addEventListener("input", () => this.moveTo(Number(parts.scrub.value) - 1));
    parts.speed.addEventListener("change", () => this.playing && this.play());
    parts.scope.addEventListener("click", ({ target }) => target.dataset.scope && this.setScope(target.dataset.scope));
    this.biasInput.addEventListener("change", () => this.commit(this.biasInput, { kind: "bias", filter: this.filter }));
    this.biasInput.addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.restoreBias();
      else if (this.model.editable.weights) this.nudge(event, this.biasInput, { kind: "bias", filter: this.filter });
    });
  }

  onPoint(canvas, find, choose) {
    const at = (event) => {
      const box = canvas.getBoundingClientRect();
      return this.model ? find(event.clientX - box.left, event.clientY - box.top) : null;
    };
    canvas.addEventListener("pointermove", (event) => this.point(at(event)));
    canvas.addEventListener("pointerdown", (event) => this.point(at(event)));
    canvas.addEventListener("pointerleave", () => this.point(null));
    canvas.addEventListener("click", (event) => {
      const place = at(event);
      if (place) choose(place);
    });
  }

  point(pointer) {
    if (JSON.stringify(pointer) === JSON.stringify(this.pointer)) return;
    this.pointer = pointer;
    this.blocks.input.overlay.style.cursor = pointer?.on === "input" && this.editable(pointer) ? "text" : "";
    this.blocks.filter.overlay.style.cursor = pointer?.on === "weight" && this.editable(pointer) ? "text" : "";
    if (!this.model) return;
    this.look(pointer);
    this.paintOverlay();
  }

  // What the large kernel shows follows the pointer, and stays when that leaves.
  look(pointer) {
    const slice = { weight: pointer?.slice, input: this.model.channelsOf(this.filter).indexOf(pointer?.channel) }[pointer?.on] ?? -1;
    if (slice < 0 || slice === this.slice) return;
    this.slice = slice;
    if (this.near) this.paintKernels();
  }

  kernelOf(slice) {
    return this.near && slice === this.slice ? this.near.kernel : this.kernels[slice];
  }

  kernelGrids() {
    return this.near ? [...this.kernels, this.near.kernel] : this.kernels;
  }

  onKey(name, event) {
    if (isShortcut(event)) return;
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    const enter = event.key === "Enter" || event.key === " ";
    const { model } = this;
    if (name === "output") {
      const { r, c } = this.cellAt(this.position);
      if (move) this.moveTo(clamp(r + move[0], 0, model.outRows - 1) * model.outColumns + clamp(c + move[1], 0, model.outColumns - 1));
      else if (event.key === "Home") this.moveTo(0);
      else if (event.key === "End") this.moveTo(model.cells - 1);
      else if (enter) this.pin(this.cellAt(this.position));
      else return;
      this.point(null);
    } else if (move && (name === "input" || this.kernels.length)) {
      this.point(name === "input" ? this.walkInput(move) : this.walkWeights(move));
    } else if (enter || /^[-+.\d]$/.test(event.key)) {
      this.startEditing(this.pointer, enter ? undefined : event.key);
    } else {
      return;
    }
    event.preventDefault();
    this.speak();
  }

  walkInput([down, right]) {
    const { model } = this;
    const { r, c, channel } = this.pointer?.on === "input" ? this.pointer : { r: -down, c: -right, channel: model.channelsOf(this.filter)[0] };
    // right of a plane lies the next channel, left of it the one before
    const width = model.left + model.columns + model.right;
    const across = clamp(channel * width + c + model.left + right, 0, model.channels * width - 1);
    return { on: "input", channel: Math.floor(across / width), r: clamp(r + down, -model.top, model.rows + model.bottom - 1), c: (across % width) - model.left };
  }

  // Left of the first column lies the slice before, right of the last the slice after.
  walkWeights([down, right]) {
    const { kernelRows, kernelColumns } = this.model;
    const { i, j, slice } = this.pointer?.on === "weight" ? this.pointer : { i: -down, j: -right, slice: 0 };
    const across = slice * kernelColumns + j + right;
    const column = clamp(across, 0, this.kernels.length * kernelColumns - 1);
    return { on: "weight", i: clamp(i + down, 0, kernelRows - 1), j: column % kernelColumns, slice: Math.floor(column / kernelColumns) };
  }

  cellAt(position) {
    return { r: Math.floor(position / this.model.outColumns), c: position % this.model.outColumns };
  }

  // ---- walking -------------------------------------------------------------------------------

  moveTo(position) {
    this.position = clamp(position, 0, this.model.cells - 1);
    if (this.pinned) {
      this.pinnedAt = this.cellAt(this.position);
      this.sendViewSoon();
    }
    this.paintOverlay();
  }

  step(by) {
    this.pause();
    this.pointer = null;
    this.moveTo((this.position + by + this.model.cells) % this.model.cells);
    this.speak();
  }

  play() {
    this.pause();
    if (this.pinned) this.sendViewSoon();
    this.pinned = false;
    const wanted = STEP_MS / Number(this.parts.speed.value);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.playing = setInterval(() => {
      this.pointer = null;
      this.moveTo((this.position + 1) % this.model.cells);
    }, calm ? Math.max(1000, wanted) : wanted);
    this.parts.play.textContent = "❚❚ Pause";
    this.parts.play.setAttribute("aria-label", "Pause");
  }

  pause() {
    clearInterval(this.playing);
    this.playing = null;
    this.parts.play.textContent = "▶ Play";
    this.parts.play.setAttribute("aria-label", "Play");
  }

  // Pinning the pinned cell again lets it go.
  pin({ r, c }) {
    this.pause();
    const position = r * this.model.outColumns + c;
    this.pinned = !(this.pinned && position === this.position);
    this.position = position;
    this.pinnedAt = { r, c };
    this.paintOverlay();
    this.sendViewSoon();
  }

  choose(filter) {
    this.stopEditing();
    this.filter = filter;
    if (this.model.arrays.digit) this.pinHere(); // the page says which map of the network stands here
    this.layOut();
    if (this.pinned) this.sendViewSoon();
  }

  pinHere() {
    this.pause();
    this.pinned = true;
    this.pinnedAt = this.cellAt(this.position);
  }

  setScope(scope) {
    this.scope = scope;
    this.layOut();
    this.sendViewSoon();
  }

  speak() {
    this.parts.live.textContent = this.spoken;
  }

  // ---- to Python -----------------------------------------------------------------------------

  // Walking with the arrow keys passes over many cells; only where it rests is worth a message.
  sendViewSoon() {
    clearTimeout(this.sending);
    this.sending = setTimeout(() => {
      const { r, c } = this.pinnedAt ?? {};
      const view = { pin: this.pinned ? [r, c, this.filter] : null, scope: this.scope };
      this.knownView = JSON.stringify({ ...this.model.view, ...view });
      this.send("view", view);
    }, SEND_AFTER_MS);
  }
}

Object.assign(Stage.prototype, layout, painting, editing);

// Streamlit calls this with the same root again and again: once for every new block of data.
const stages = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!data) return undefined;
  if (!stages.has(parentElement)) stages.set(parentElement, new Stage(parentElement));
  const stage = stages.get(parentElement);
  const before = stage.dark;
  stage.update(unpack(data), setTriggerValue);
  // What else has colours of its own, charts and pictures, is drawn by Python.
  if (before !== undefined && before !== stage.dark) setTriggerValue("theme", stage.dark ? "dark" : "light");
  // Streamlit may call this late, for a call that a newer one has overtaken: the stage still stands then.
  return () => {
    if (parentElement.host?.isConnected) return;
    stage.destroy();
    stages.delete(parentElement);
  };
}
