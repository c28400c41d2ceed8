// The sum, written out in words and numbers: what stands under the grids and what is spoken.

function line(className, ...parts) {
  const paragraph = document.createElement("p");
  paragraph.className = className;
  paragraph.append(...parts);
  return paragraph;
}

function marked(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

const MOST_TERMS = 200; // written out; more are counted

const place = (name, ...indices) => marked("place", `${name}[${indices.map((k) => written(k)).join(", ")}]`);

// `size` is what was added, without signs: what rounding can be measured by.
function agreement(ours, tensorflow, size) {
  const difference = Math.abs(ours - tensorflow);
  const agrees = difference <= 1e-5 * Math.max(1, size);
  return marked(
    agrees ? "agree" : "differ",
    `TensorFlow says ${written(tensorflow)}, difference ${written(difference, 2)}`,
  );
}

function readsLine(model, row, column, filter) {
  const rows = positionsRead(model.rowTaps, model.kernelRows, row);
  const columns = positionsRead(model.columnTaps, model.kernelColumns, column);
  return line("head", place("output", row, column, filter), ` reads input rows ${listed(rows)}, columns ${listed(columns)}`);
}

const positionsRead = (taps, size, index) => Array.from(taps.slice(index * size, (index + 1) * size));

function channelWords(model, channel) {
  const name = model.channel_names[channel];
  return /^\d/.test(name) ? `channel ${name}` : name;
}

function convolutionLines(model, row, column, filter) {
  const sum = convolutionSum(model, row, column, filter);
  const tensorflow = model.output(row, column, filter);
  const size = sum.channels.reduce((all, { terms }) => terms.reduce((part, { product }) => part + Math.abs(product), all), Math.abs(model.bias(filter)));
  const lines = [readsLine(model, row, column, filter)];
  for (const { channel, terms, sum: partial } of sum.channels) {
    const paragraph = line("products");
    if (sum.channels.length > 1) paragraph.append(marked("channel", channelWords(model, channel)), " ");
    if (terms.length > MOST_TERMS) paragraph.append(`the sum of ${terms.length} products`);
    else terms.forEach(({ value, weight, inside }, k) => {
      const term = `${k ? factor(value) : written(value)}·${factor(weight)}`;
      paragraph.append(k ? " + " : "", inside ? term : marked("padded", term));
    });
    if (sum.channels.length > 1) paragraph.append(` = ${written(partial)}`);
    lines.push(paragraph);
  }
  const partial = sum.channels.map((channel) => factor(channel.sum)).join(" + ");
  const before = { 1: "" }[sum.channels.length] ?? (sum.channels.length > 4 ? `the sum of ${sum.channels.length} channels = ` : `${partial} = `);
  const total = line("total", `= ${before}${written(sum.products)}`);
  if (model.value.bias) total.append(` + bias ${factor(model.bias(filter))} = ${written(sum.total)}`);
  if (model.activation !== "linear") total.append(` → ${model.activation} → `, marked("result", written(sum.output)));
  total.append(" ", agreement(sum.output, tensorflow, size));
  lines.push(total);
  return { cells: sum.cells, lines, spoken: `Output row ${row}, column ${column}, map ${filter + 1}: ${written(sum.output)}. TensorFlow says ${written(tensorflow)}.` };
}

// What one cell is, in every output that stands there: what is read is said once.
function outputLines(models, row, column, filter) {
  const [first, ...others] = models.map((model) => (model.value.kernel ? convolutionLines : poolingLines)(model, row, column, filter));
  return {
    cells: first.cells,
    winner: [first, ...others].find(({ winner }) => winner)?.winner,
    lines: [...first.lines, ...others.flatMap(({ lines }) => lines.slice(1))],
    spoken: [first.spoken, ...others.map(({ spoken }, k) => `${models[k + 1].name}: ${spoken}`)].join(" "),
  };
}

function poolingLines(model, row, column, channel) {
  const sum = poolingSum(model, row, column, channel);
  const tensorflow = model.output(row, column, channel);
  const lines = [readsLine(model, row, column, channel)];
  let size = Math.abs(sum.output);
  const values = line("products");
  const total = line("total");
  if (model.kind === "max_pooling") {
    values.append("max(");
    if (sum.candidates.length > MOST_TERMS) values.append(`${sum.candidates.length} numbers`);
    else sum.candidates.forEach((candidate, k) => {
      const wins = candidate.i === sum.winner.i && candidate.j === sum.winner.j;
      values.append(k ? ", " : "", candidate.inside ? (wins ? marked("result", written(candidate.value)) : written(candidate.value)) : marked("padded", "−∞"));
    });
    values.append(")");
    total.append("= ", marked("result", written(sum.output)), ` from input row ${sum.winner.r}, column ${sum.winner.c} `);
  } else {
    const counted = sum.candidates.filter(({ inside }) => inside);
    const left = sum.candidates.length - counted.length;
    size = counted.reduce((all, { value }) => all + Math.abs(value), 0) / sum.divisor;
    const terms = counted.length > MOST_TERMS ? `the sum of ${counted.length} numbers` : counted.map(({ value }, k) => (k ? factor(value) : written(value))).join(" + ");
    values.append(`(${terms}) / ${sum.divisor}`);
    if (left) values.append(marked("padded", ` · ${left} padded ${left === 1 ? "cell is" : "cells are"} not counted`));
    total.append(`= ${written(sum.sum)} / ${sum.divisor} = `, marked("result", written(sum.output)), " ");
  }
  total.append(agreement(sum.output, tensorflow, size));
  lines.push(values, total);
  return { cells: sum.cells, winner: sum.winner, lines, spoken: `Output row ${row}, column ${column}, channel ${channel}: ${written(sum.output)}. TensorFlow says ${written(tensorflow)}.` };
}

function inputLines(model, r, c, channel, filter) {
  const rows = model.readers.rows.get(r) ?? [];
  const columns = model.readers.columns.get(c) ?? [];
  const inside = r >= 0 && r < model.rows && c >= 0 && c < model.columns;
  const what = inside ? ` = ${written(model.input(r, c, channel))}` : ` is padding, ${model.padding.text}`;
  const head = line("head", place("input", r, c, channel), what);
  const reads = model.channelsOf(filter).includes(channel);
  if (!reads) {
    head.append(`: map ${filter + 1} does not read channel ${channel}`);
  } else if (!rows.length || !columns.length) {
    head.append(": no window ever reads it");
  } else {
    const count = rows.length * columns.length;
    head.append(` feeds ${count} ${count === 1 ? "cell" : "cells"} of this map: rows ${listed(rows)}, columns ${listed(columns)}`);
  }
  return { lines: [head], feeds: reads ? { rows, columns } : { rows: [], columns: [] }, spoken: head.textContent };
}

function weightLines(model, i, j, slice, filter) {
  const channel = model.channelsOf(filter)[slice];
  const rows = positionsOf(model.rowTaps, model.kernelRows, i);
  const columns = positionsOf(model.columnTaps, model.kernelColumns, j);
  const head = line("head", place("weight", i, j, slice, filter), ` = ${written(model.weight(i, j, slice, filter))} is used ${model.cells} ${model.cells === 1 ? "time" : "times"}: `
    + `once for each output cell, on channel ${channel}, rows ${listed(rows)}, columns ${listed(columns)}`);
  return { lines: [head], rows, columns, channel, spoken: head.textContent };
}
