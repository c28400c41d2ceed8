// Typing a number where it stands, and sending it.

const editing = {
  // Every unconfirmed edit travels again with the next one, so that none is lost when the server is busy.
  edit(change) {
    // later than every edit before it, though the device's clock may have been set back
    this.pending.push({ at: Math.max(Date.now(), this.model.confirmed + 1, (this.pending.at(-1)?.at ?? 0) + 1), ...change });
    this.send("edits", this.pending);
  },

  editable(pointer) {
    const { model } = this;
    if (pointer?.on === "weight") return model.editable.weights;
    return pointer?.on === "input" && model.editable.input && pointer.r >= 0 && pointer.r < model.rows && pointer.c >= 0 && pointer.c < model.columns;
  },

  valueAt(pointer) {
    const { model } = this;
    return pointer.on === "weight" ? model.weight(pointer.i, pointer.j, pointer.slice, this.filter) : model.input(pointer.r, pointer.c, pointer.channel);
  },

  // ---- editing in place ------------------------------------------------------------------------

  startEditing(pointer, typed) {
    if (!pointer || !this.editable(pointer)) return;
    this.stopEditing();
    const input = document.createElement("input");
    Object.assign(input, { className: "editor", type: "text", inputMode: "decimal", autocomplete: "off", value: typed ?? plain(this.valueAt(pointer)) });
    const name = pointer.on === "weight" ? `weight, row ${pointer.i}, column ${pointer.j}, slice ${pointer.slice}` : `input, row ${pointer.r}, column ${pointer.c}, channel ${pointer.channel}`;
    input.setAttribute("aria-label", name);
    this.editing = { pointer, input };
    this.blocks[pointer.on === "weight" ? "filter" : "input"].plate.append(input);
    this.placeEditor();
    input.focus();
    if (typed === undefined) input.select();
    input.addEventListener("keydown", (event) => this.onEditorKey(event));
    input.addEventListener("blur", () => this.editing?.input === input && this.finishEditing(false));
  },

  placeEditor() {
    const { pointer, input } = this.editing;
    const grid = pointer.on === "weight" ? this.kernelOf(pointer.slice) : this.planes[pointer.channel];
    const box = grid && (pointer.on === "weight" ? pointer.i < grid.rows && pointer.j < grid.columns && grid.box(pointer.i, pointer.j) : grid.box(pointer.r, pointer.c));
    if (!box) {
      this.stopEditing();
      return;
    }
    const width = Math.max(box.size, 52);
    Object.assign(input.style, { left: `${box.x + (box.size - width) / 2}px`, top: `${box.y + (box.size - Math.max(box.size, 28)) / 2}px`, width: `${width}px`, height: `${Math.max(box.size, 28)}px` });
  },

  onEditorKey(event) {
    const { input } = this.editing;
    if (event.key === "Escape") this.stopEditing(true);
    else if (event.key === "Enter") this.finishEditing(true);
    else if (event.key === "Tab") {
      const next = this.following(this.editing.pointer, event.shiftKey ? -1 : 1);
      if (!this.finishEditing(false)) {
        event.preventDefault();
        return;
      }
      if (!next) return;
      this.startEditing(next);
    } else {
      this.nudge(event, input, this.changeOf(this.editing.pointer));
      return;
    }
    event.preventDefault();
  },

  // The cell after (or before) this one, in reading order, slice by slice.
  following(pointer, by) {
    const { model } = this;
    const [rows, columns, layers] = pointer.on === "weight" ? [model.kernelRows, model.kernelColumns, model.slices] : [model.rows, model.columns, model.channels];
    const [row, column, layer] = pointer.on === "weight" ? [pointer.i, pointer.j, pointer.slice] : [pointer.r, pointer.c, pointer.channel];
    const at = (layer * rows + row) * columns + column + by;
    if (at < 0 || at >= rows * columns * layers) return null;
    const [r, c, k] = [Math.floor(at / columns) % rows, at % columns, Math.floor(at / (rows * columns))];
    return pointer.on === "weight" ? { on: "weight", i: r, j: c, slice: k } : { on: "input", r, c, channel: k };
  },

  changeOf(pointer) {
    return pointer.on === "weight"
      ? { kind: "weight", row: pointer.i, column: pointer.j, slice: pointer.slice, filter: this.filter }
      : { kind: "input", row: pointer.r, column: pointer.c, channel: pointer.channel };
  },

  // The arrow keys change the number by 0.1, with Shift by 1.
  nudge(event, input, change) {
    const by = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!by || isShortcut(event)) return;
    event.preventDefault();
    const number = parseNumber(input.value);
    if (number === null) return;
    input.value = plain(Number((number + by * (event.shiftKey ? 1 : 0.1)).toFixed(6)));
    this.commit(input, change);
  },

  finishEditing(focusCanvas) {
    const { pointer, input } = this.editing;
    if (!this.commit(input, this.changeOf(pointer))) return false;
    this.stopEditing(focusCanvas);
    return true;
  },

  stopEditing(focusCanvas) {
    if (!this.editing) return;
    const { pointer, input } = this.editing;
    this.editing = null;
    input.remove();
    this.complain("");
    if (!focusCanvas) return;
    this.blocks[pointer.on === "weight" ? "filter" : "input"].overlay.focus();
    this.point(pointer);
  },

  restoreBias() {
    const { model, biasInput } = this;
    biasInput.value = model.value.bias ? plain(model.bias(this.filter)) : "";
    if (biasInput.getAttribute("aria-invalid") === "true") this.complain("");
    biasInput.removeAttribute("aria-invalid");
  },

  // Shows the number at once and sends it; says what is wrong with one that cannot be sent.
  commit(input, change) {
    const value = parseNumber(input.value);
    input.setAttribute("aria-invalid", String(value === null));
    if (value === null) {
      this.complain(`${change.kind} is “${input.value}”, which is not a number from −${LARGEST_NUMBER} to ${LARGEST_NUMBER}. Type one such as 0.5, or press Escape to keep the old one.`);
      return false;
    }
    this.complain("");
    const { model } = this;
    const [values, at] = {
      weight: [model.value.kernel, model.weightAt(change.row, change.column, change.slice, change.filter)],
      bias: [model.value.bias, change.filter],
      input: [model.value.input, (change.row * model.columns + change.column) * model.channels + change.channel],
    }[change.kind];
    // what was only looked at is not edited, though it was shown with fewer digits than it has
    if (input.value === plain(values[at])) return true;
    values[at] = value;
    this.paintBase();
    this.edit({ ...change, value });
    return true;
  },

  complain(words) {
    this.parts.problem.textContent = words;
  },
};
