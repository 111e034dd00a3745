// Documents for the programs of the catalogue to open, made here so that what is in them is known.
import { PATCH_SIDE, PATCHES } from "../../support/picture.ts";

/** One page of nothing but the patches (PDF 1.7, 8.5.2: `re` a rectangle, `f` fills it). */
export function patchesAsPdf(): string {
  const patches = PATCHES.map((colour, index) => {
    const [x, y] = [(index % 2) * 150, index < 2 ? 150 : 0];
    return `${colour.map((value) => (value / 255).toFixed(4)).join(" ")} rg ${x} ${y} 150 150 re f`;
  }).join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R >>",
    `<< /Length ${patches.length} >>\nstream\n${patches}\nendstream`,
  ];
  const offsets: number[] = [];
  let text = "%PDF-1.7\n";
  for (const [index, object] of objects.entries()) {
    offsets.push(text.length);
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
  }
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  return `${text}xref\n0 5\n0000000000 65535 f \n${table}trailer << /Size 5 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`;
}

/** A spreadsheet of Gnumeric's with one cell. */
export const TABLE = `<?xml version="1.0" encoding="UTF-8"?>
<gnm:Workbook xmlns:gnm="http://www.gnumeric.org/v10.dtd"><gnm:SheetNameIndex><gnm:SheetName>Sheet1</gnm:SheetName></gnm:SheetNameIndex><gnm:Sheets><gnm:Sheet><gnm:Name>Sheet1</gnm:Name>
<gnm:Cells><gnm:Cell Row="0" Col="0" ValueType="60">first</gnm:Cell></gnm:Cells></gnm:Sheet></gnm:Sheets></gnm:Workbook>
`;

/** An empty page of Xournal++'s. */
export const NOTES = `<?xml version="1.0" standalone="no"?>
<xournal creator="Xournal++ 1.1.1" fileversion="4"><page width="300" height="300"><background type="solid" color="#ffffffff" style="plain"/><layer/></page></xournal>
`;

/** A film of four patches that stand still: YUV4MPEG2, 8 bit, 4:2:0, limited range (ITU-R BT.601). */
export function patchesAsFilm(): Uint8Array {
  const side = 2 * PATCH_SIDE;
  const coded = PATCHES.map(([red, green, blue]) => [
    16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255,
    128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255,
    128 + (112 * red - 93.786 * green - 18.214 * blue) / 255,
  ]);
  const plane = (part: number, size: number): Buffer =>
    Buffer.from(
      Array.from({ length: size * size }, (_, at) => Math.round(coded[(at < (size * size) / 2 ? 0 : 2) + (at % size < size / 2 ? 0 : 1)]?.[part] ?? 0)),
    );
  const frame = Buffer.concat([Buffer.from("FRAME\n"), plane(0, side), plane(1, side / 2), plane(2, side / 2)]);
  return Buffer.concat([Buffer.from(`YUV4MPEG2 W${side} H${side} F10:1 Ip A1:1 C420jpeg\n`), ...Array.from({ length: 600 }, () => frame)]);
}

/** A drawing with one rectangle. */
export const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><rect x="10" y="10" width="50" height="50" fill="red"/></svg>
`;

const OPEN_DOCUMENT = `xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"`;

/** A letter of LibreOffice's in one file of XML (OpenDocument 1.2). */
export const FLAT_LETTER = `<?xml version="1.0" encoding="UTF-8"?>
<office:document ${OPEN_DOCUMENT} office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text><text:p>first line</text:p></office:text></office:body></office:document>
`;

/** The same for a table. */
export const FLAT_TABLE = `<?xml version="1.0" encoding="UTF-8"?>
<office:document ${OPEN_DOCUMENT} office:mimetype="application/vnd.oasis.opendocument.spreadsheet"><office:body><office:spreadsheet><table:table table:name="one">
<table:table-row><table:table-cell office:value-type="string"><text:p>first</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document>
`;

/**
 * A disk of a machine that writes down what is typed: its first sector (BIOS, 16 bit) shows each key (int 16h, int 10h), keeps it, and at Return writes what
 * it kept into the second sector (int 13h).
 */
export function typewriterDisk(): Uint8Array {
  const code = [
    [0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0], // ax, ds, es, ss = 0
    [0xbc, 0x00, 0x7c, 0xbf, 0x00, 0x80, 0xfc, 0x52], // sp = 7c00h, di = 8000h, upwards, keep dl (the disk)
    [0x30, 0xe4, 0xcd, 0x16], // al = a key
    [0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10], // show it
    [0xaa, 0x3c, 0x0d, 0x75, 0xf0], // keep it; until Return
    [0x5a, 0xb6, 0x00, 0xb8, 0x01, 0x03, 0xbb, 0x00, 0x80, 0xb9, 0x02, 0x00, 0xcd, 0x13], // one sector from 8000h to sector 2
    [0xeb, 0xfe], // stay
  ].flat();
  const disk = Buffer.alloc(64 * 1024);
  disk.set(code);
  disk.set([0x55, 0xaa], 510);
  return disk;
}
