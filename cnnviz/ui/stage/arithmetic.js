// One output cell, multiplied and added in double precision from the numbers that the stage shows.
// Which cells a window reads comes from Python's table of taps; nothing here computes a position.

// The error function by its series of positive terms (Abramowitz & Stegun 7.1.6).
function erf(x) {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  leaky_relu: (x) => (x < 0 ? 0.2 * x : x),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  swish: (x) => x / (1 + Math.exp(-x)),
};

// The window of output cell (row, column): for every kernel cell the position it lies on.
function windowOf(model, row, column) {
  const { rowTaps, columnTaps, kernelRows, kernelColumns, rows, columns } = model;
  const cells = [];
  for (let i = 0; i < kernelRows; i += 1) {
    for (let j = 0; j < kernelColumns; j += 1) {
      const r = rowTaps[row * kernelRows + i];
      const c = columnTaps[column * kernelColumns + j];
      cells.push({ i, j, r, c, inside: r >= 0 && r < rows && c >= 0 && c < columns });
    }
  }
  return cells;
}

function convolutionSum(model, row, column, filter) {
  const cells = windowOf(model, row, column);
  const channels = model.channelsOf(filter).map((channel, slice) => {
    const terms = cells.map(({ i, j, r, c, inside }) => {
      const value = inside ? model.input(r, c, channel) : 0;
      const weight = model.weight(i, j, slice, filter);
      return { value, weight, product: value * weight, inside };
    });
    return { channel, terms, sum: terms.reduce((sum, term) => sum + term.product, 0) };
  });
  const products = channels.reduce((sum, channel) => sum + channel.sum, 0);
  const total = products + model.bias(filter);
  return { cells, channels, products, total, output: ACTIVATIONS[model.activation](total) };
}

function poolingSum(model, row, column, channel) {
  const cells = windowOf(model, row, column);
  const candidates = cells.map((cell) => ({ ...cell, value: cell.inside ? model.input(cell.r, cell.c, channel) : null }));
  const counted = candidates.filter((candidate) => candidate.inside);
  if (model.kind === "max_pooling") {
    const winner = counted.reduce((best, candidate) => (candidate.value > best.value ? candidate : best));
    return { cells, candidates, winner, output: winner.value };
  }
  const sum = counted.reduce((total, candidate) => total + candidate.value, 0);
  return { cells, candidates, sum, divisor: counted.length, output: sum / counted.length };
}
