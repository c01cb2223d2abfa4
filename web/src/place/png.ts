// A picture of what is shown: the map, a line above, lines below, and the same as text inside the file.
const HEAD = 40;
const KEYS = 24;
const LINE = 20;
const PAD = 12;
const SWATCH = 13;
const RAMP = 140;

/** A swatch, or a ramp where it has many colours, and what it stands for. */
export interface Key {
  colours: readonly string[];
  text: string;
}

/** The map under a heading with its key, over lines, as PNG; `texts` stand in the file by their keywords (iTXt). */
export async function framed(
  map: HTMLCanvasElement,
  heading: string,
  keys: readonly Key[],
  lines: readonly string[],
  texts: Readonly<Record<string, string>>,
): Promise<Blob> {
  const scale = Math.max(1, map.width / 1280);
  const head = HEAD + (keys.length ? KEYS : 0);
  const sheet = document.createElement("canvas");
  const pen = sheet.getContext("2d")!;
  const style = getComputedStyle(document.documentElement);
  const family = style.fontFamily || "sans-serif";
  pen.font = `${13 * scale}px ${family}`;
  const wrapped = lines.flatMap((line) => wrap(pen, line, map.width - 2 * PAD * scale));
  sheet.width = map.width;
  sheet.height = map.height + (head + PAD * 2 + LINE * wrapped.length) * scale;
  pen.fillStyle = style.getPropertyValue("--ground");
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(map, 0, head * scale);
  pen.fillStyle = style.getPropertyValue("--text");
  pen.font = `600 ${17 * scale}px ${family}`;
  pen.fillText(heading, PAD * scale, 26 * scale, map.width - 2 * PAD * scale);
  pen.font = `${13 * scale}px ${family}`;
  drawKeys(pen, keys, HEAD * scale + 8 * scale, scale);
  wrapped.forEach((line, k) =>
    pen.fillText(line, PAD * scale, map.height + (head + PAD + LINE * (k + 0.7)) * scale),
  );
  const blob = await new Promise<Blob>((done, fail) =>
    sheet.toBlob((made) => (made ? done(made) : fail(new Error("no picture was made"))), "image/png"),
  );
  return withTexts(new Uint8Array(await blob.arrayBuffer()), texts);
}

/** Keys on a line of their own, as many as there is room for. */
function drawKeys(pen: CanvasRenderingContext2D, keys: readonly Key[], y: number, scale: number): void {
  const text = pen.fillStyle;
  let x = PAD * scale;
  for (const { colours, text: words } of keys) {
    const wide = (colours.length > 1 ? RAMP : SWATCH) * scale;
    const next = x + wide + pen.measureText(words).width + 20 * scale;
    if (next > pen.canvas.width) return;
    colours.forEach((colour, k) => {
      pen.fillStyle = colour;
      pen.fillRect(
        x + (wide * k) / colours.length,
        y - 11 * scale,
        wide / colours.length + 1,
        SWATCH * scale,
      );
    });
    pen.fillStyle = text;
    pen.fillText(words, x + wide + 5 * scale, y);
    x = next;
  }
}

function wrap(pen: CanvasRenderingContext2D, text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (line && pen.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line ? [...lines, line] : lines;
}

/** A PNG with international texts after its header chunk (PNG specification, 11.3.3.4). */
function withTexts(png: Uint8Array, texts: Readonly<Record<string, string>>): Blob {
  const after = 33; // signature (8) and IHDR (25)
  const chunks = Object.entries(texts).map(([keyword, text]) =>
    chunk("iTXt", new TextEncoder().encode(`${keyword}\0\0\0\0\0${text}`)),
  );
  return new Blob([png.slice(0, after), ...chunks, png.slice(after)], { type: "image/png" });
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(data.length + 12);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  out.set(new TextEncoder().encode(type), 4);
  out.set(data, 8);
  view.setUint32(data.length + 8, crc(out.subarray(4, data.length + 8)));
  return out;
}

/** CRC-32 as PNG has it. */
function crc(data: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of data) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  }
  return (value ^ 0xffffffff) >>> 0;
}
