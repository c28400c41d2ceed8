// How numbers are written and read: a true minus sign, no trailing zeros, and `digits` significant digits,
// from 100 on two decimals at most.

const LARGEST_NUMBER = 1e6;

function written(value, digits = 4) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "−∞";
  if (Number.isNaN(value)) return "NaN";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e6 || size < 1e-4
    ? value.toExponential(Math.max(0, digits - 2)).replace(/\.?0+e/, "e").replace("e+", "e")
    : String(Number(value.toPrecision(size >= 100 ? Math.ceil(Math.log10(size)) + digits - 2 : digits)));
  return text.replace(/-/g, "−");
}

// In a cell there is room for about four characters.
function inCell(value) {
  const size = Math.abs(value);
  if (size >= 1000) return written(Math.round(value), 4);
  if (size > 0 && size < 0.005) return "≈0";
  return written(size >= 100 ? Math.round(value) : size >= 10 ? Math.round(value * 10) / 10 : Math.round(value * 100) / 100, 3);
}

// "2–4" for neighbours, "1, 3, 5" with holes between, "0, 2, … 26" when there are many.
function listed(positions) {
  const [first, second] = positions;
  const last = positions[positions.length - 1];
  const even = positions.every((position, k) => position === first + k * (second - first));
  if (positions.length > 1 && even && second - first === 1) return `${written(first)}–${written(last)}`;
  if (positions.length > 4 && even) return `${written(first)}, ${written(second)}, … ${written(last)}`;
  return positions.map((position) => written(position)).join(", ");
}

const factor = (value) => (value < 0 ? `(${written(value)})` : written(value));

// A number as the visitor would type it; the comma of many keyboards is a point here.
function parseNumber(text) {
  // "1,000" may be a thousand or one: neither is guessed; "0,125" can be no thousand
  if (/^[-−+]?[1-9]\d{0,2},\d{3}$/.test(text.trim())) return null;
  const words = text.trim().replace(",", ".").replace("−", "-");
  const value = Number(words);
  return words !== "" && Number.isFinite(value) && Math.abs(value) <= LARGEST_NUMBER ? value : null;
}

const plain = (value) => String(Number(value.toPrecision(6)));
