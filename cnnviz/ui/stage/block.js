// The block of bytes that Python packs: a little-endian length, JSON of that length, then arrays.
// `pack` in __init__.py is its other half.

const ARRAY_TYPES = { "<f4": Float32Array, "<i4": Int32Array, "|i1": Int8Array };

function unpack(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays = {};
  for (const [name, { type, offset, shape }] of Object.entries(header.arrays)) {
    const Type = ARRAY_TYPES[type];
    const count = shape.reduce((product, n) => product * n, 1);
    const start = bytes.byteOffset + 4 + length + offset;
    // slice: a typed array must start at a multiple of its item size, a message need not
    arrays[name] = { shape, values: new Type(bytes.buffer.slice(start, start + count * Type.BYTES_PER_ELEMENT)) };
  }
  return { ...header, arrays };
}
