// Documents for the programs of the catalogue to open, made here so that what is in them is known.
import { PATCHES } from "../../support/picture.ts";

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
