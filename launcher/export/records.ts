// The list of what was exported, as JSON: what `unexport` may take away and `export --check` looks after. Pure.
import { createHash } from "node:crypto";
import { EXPORT_KINDS, type ExportKind } from "./places.ts";

export interface ExportRecord {
  readonly app: string;
  readonly kind: ExportKind;
  /** Absolute path of the exported file. */
  readonly path: string;
  /** SHA-256 of what we wrote, in hexadecimal. */
  readonly sha256: string;
  /** SHA-256 of what it was to replace, while the replacement is under way: either is ours. */
  readonly replaced: string | null;
  /** The host's file that it was made from, as it was then. */
  readonly source: { readonly path: string; readonly sha256: string } | null;
  readonly tsbox: string;
  readonly manifest: string;
}

/** The number grows when an older tsbox could not read the file any more. */
const FORMAT = 1;

export function hashOf(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export function isUnchanged(record: ExportRecord, sha256: string): boolean {
  return sha256 === record.sha256 || sha256 === record.replaced;
}

export function encodeRecords(records: readonly ExportRecord[]): string {
  const sorted = [...records].sort((one, other) => (one.path < other.path ? -1 : 1));
  return `${JSON.stringify({ format: FORMAT, exports: sorted }, null, 2)}\n`;
}

/** Null where this is no list of ours. */
export function parseRecords(text: string): readonly ExportRecord[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { format, exports } = (value ?? {}) as { readonly format?: unknown; readonly exports?: unknown };
  return format === FORMAT && Array.isArray(exports) && exports.every(isRecord) ? exports : null;
}

function isRecord(value: unknown): value is ExportRecord {
  if (typeof value !== "object" || value === null) return false;
  const { app, kind, path, sha256, replaced, source, tsbox, manifest } = value as Record<string, unknown>;
  const { path: from, sha256: was } = (source ?? { path: "", sha256: "" }) as Record<string, unknown>;
  const isText = [app, path, sha256, tsbox, manifest, from, was, replaced ?? ""].every((one) => typeof one === "string");
  return isText && EXPORT_KINDS.some((one) => one === kind);
}
