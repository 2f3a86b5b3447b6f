// Writes indexed and reads grey PNGs pixel by pixel. A canvas would not do: it
// knows colours, not indices, and some browsers add noise to what is read.

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC_TABLE[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

async function through(stream, bytes) {
  const piped = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(piped).arrayBuffer());
}

function chunk(kind, content) {
  const bytes = new Uint8Array(12 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, content.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = kind.charCodeAt(i);
  bytes.set(content, 8);
  view.setUint32(8 + content.length, crc32(bytes.subarray(4, -4)));
  return bytes;
}

/**
 * Encodes values as an indexed PNG, or as a 16-bit grey one beyond 255.
 *
 * @param {number} width
 * @param {number} height
 * @param {ArrayLike<number>} values Row by row.
 * @param {number[][]} colors Colour `[red, green, blue]` of every value.
 * @returns {Promise<Blob>}
 */
export async function encode(width, height, values, colors) {
  const wide = colors.length > 256;
  const bytes = wide ? 2 : 1;
  const stride = 1 + width * bytes; // a filter byte, 0, begins each row
  const rows = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = values[y * width + x];
      const at = y * stride + 1 + x * bytes;
      if (wide) rows[at] = value >> 8;
      rows[at + bytes - 1] = value & 255;
    }
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = wide ? 16 : 8;
  header[9] = wide ? 0 : 3;
  const parts = [Uint8Array.from(SIGNATURE), chunk("IHDR", header)];
  if (!wide) parts.push(chunk("PLTE", Uint8Array.from(colors.flat())));
  const packed = await through(new CompressionStream("deflate"), rows);
  parts.push(chunk("IDAT", packed), chunk("IEND", new Uint8Array(0)));
  return new Blob(parts, { type: "image/png" });
}

/**
 * Decodes an 8-bit indexed or 8- or 16-bit grey PNG.
 *
 * @param {Blob} blob
 * @returns {Promise<{width: number, height: number, values: Uint16Array}>}
 */
export async function decode(blob) {
  const data = new Uint8Array(await blob.arrayBuffer());
  const view = new DataView(data.buffer);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, kind] = [data[24], data[25]];
  const known = (depth === 8 && kind === 3) || (depth >= 8 && kind === 0);
  if (!known || data[28]) throw new Error("This PNG is no layout.");
  const parts = [];
  for (let at = 8; at + 12 <= data.length; ) {
    const length = view.getUint32(at);
    const name = String.fromCharCode(...data.subarray(at + 4, at + 8));
    if (name === "IDAT") parts.push(data.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const packed = new Blob(parts);
  const rows = await through(new DecompressionStream("deflate"), packed);
  const bytes = depth / 8;
  const pixels = unfilter(rows, width * bytes, height, bytes);
  const values = new Uint16Array(width * height);
  for (let i = 0; i < values.length; i++) {
    values[i] =
      bytes === 1 ? pixels[i] : (pixels[2 * i] << 8) | pixels[2 * i + 1];
  }
  return { width, height, values };
}

function unfilter(rows, stride, height, step) {
  const out = new Uint8Array(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = rows[y * (stride + 1)];
    for (let x = 0; x < stride; x++) {
      const at = y * stride + x;
      const left = x >= step ? out[at - step] : 0;
      const up = y ? out[at - stride] : 0;
      const corner = x >= step && y ? out[at - stride - step] : 0;
      const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)];
      out[at] = rows[y * (stride + 1) + 1 + x] + guess[filter];
    }
  }
  return out;
}

function paeth(left, up, corner) {
  const a = Math.abs(up - corner);
  const b = Math.abs(left - corner);
  const c = Math.abs(left + up - 2 * corner);
  if (a <= b && a <= c) return left;
  return b <= c ? up : corner;
}
