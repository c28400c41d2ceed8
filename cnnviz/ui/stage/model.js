// What the stage knows about one layer on one picture: look-ups, no arithmetic on positions.

function makeModel(block) {
  const { arrays } = block;
  const [rows, columns, channels] = arrays.input.shape;
  const [outRows, kernelRows] = arrays.row_taps.shape;
  const [outColumns, kernelColumns] = arrays.column_taps.shape;
  const filters = arrays.output.shape[2];
  const slices = arrays.kernel ? arrays.kernel.shape[2] : 1;
  const [[top, bottom], [left, right]] = block.padding.amounts;
  const rowTaps = arrays.row_taps.values;
  const columnTaps = arrays.column_taps.values;
  const value = { input: arrays.input.values, kernel: arrays.kernel?.values, bias: arrays.bias?.values, output: arrays.output.values };
  const weightAt = (i, j, slice, filter) => ((i * kernelColumns + j) * slices + slice) * filters + filter;
  const perGroup = filters / (block.groups || 1);
  return {
    ...block,
    rows, columns, channels, slices, filters, outRows, outColumns, kernelRows, kernelColumns,
    top, bottom, left, right, rowTaps, columnTaps, value, weightAt,
    cells: outRows * outColumns,
    input: (r, c, channel) => value.input[(r * columns + c) * channels + channel],
    weight: (i, j, slice, filter) => value.kernel[weightAt(i, j, slice, filter)],
    bias: (filter) => (value.bias ? value.bias[filter] : 0),
    output: (r, c, filter) => value.output[(r * outColumns + c) * filters + filter],
    // A pooling map reads its own channel; a filter reads the channels of its group, in order.
    channelsOf(filter) {
      if (!value.kernel) return [filter];
      const first = Math.floor(filter / perGroup) * slices;
      return Array.from({ length: slices }, (_, k) => first + k);
    },
    readers: { rows: readersOf(rowTaps, kernelRows), columns: readersOf(columnTaps, kernelColumns) },
  };
}

// The same windows under another operation, whose output stands beside the first.
function besideOf(block) {
  const { beside, arrays } = block;
  if (!beside) return null;
  return makeModel({ ...block, ...beside, arrays: { ...arrays, output: arrays.beside_output, kernel: arrays.beside_kernel } });
}

// The table of taps turned round: position -> the output indices that read it, in order.
function readersOf(taps, kernelSize) {
  const readers = new Map();
  taps.forEach((position, at) => {
    if (!readers.has(position)) readers.set(position, []);
    readers.get(position).push(Math.floor(at / kernelSize));
  });
  return readers;
}

// Every position that kernel row (or column) k ever lies on, one for each output index.
function positionsOf(taps, kernelSize, k) {
  return Array.from({ length: taps.length / kernelSize }, (_, output) => taps[output * kernelSize + k]);
}

function largest(values, start, step) {
  let limit = 0;
  for (let at = start; at < values.length; at += step) {
    if (Number.isFinite(values[at])) limit = Math.max(limit, Math.abs(values[at]));
  }
  return limit;
}
