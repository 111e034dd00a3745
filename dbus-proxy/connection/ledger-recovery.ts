// What a dead process left in a ledger: its last commit, and what the calls did since.
import { Broken, Field, type LedgerHeader } from "./ledger-header.ts";

/** The two ends of a connection, as indexes. A lane is named after the end it reads from, a queue after the end it goes to. */
export const APP = 0;
export const BUS = 1;
export type Side = typeof APP | typeof BUS;

/** Powers of two. The first is also the most that one connection may read per turn of the event loop. */
export const IN_BYTES = 256 * 1024;
export const OUT_BYTES = 512 * 1024;

export interface Found {
  readonly slot: Float64Array;
  /** Read and not dealt with, as positions of each lane. */
  readonly inputs: readonly [Range, Range];
  /** Judged and not yet written, by the end they go to. */
  readonly queued: readonly [Uint8Array, Uint8Array];
}

interface Range {
  readonly from: number;
  readonly to: number;
}

/** A text says why nobody can go on from here. `inputs` and `out`: the mirrored memory of lanes and queues. */
export function findLast(header: LedgerHeader, inputs: readonly [Uint8Array, Uint8Array], out: (sink: Side) => Uint8Array): Found | string {
  if (!header.isOurs()) return "memory of another build";
  const slot = header.latest();
  if (slot === undefined) return "no commit that checks";
  const field = (index: number): number => slot[index] as number;
  const broken = reasonOf(field(Field.broken));
  if (broken !== "") return broken;
  const sent = header.sentSince(slot);
  if (field(Field.held) + field(Field.held + 1) > 0 || (field(Field.fds) > 0 && sent === 0)) return HELD;
  const ranges = [findInput(header, APP, slot), findInput(header, BUS, slot)] as const;
  if (typeof ranges[0] === "string") return ranges[0];
  if (typeof ranges[1] === "string") return ranges[1];
  const unsent = (sink: Side): Uint8Array | undefined => findUnsent(slot, sink, slot[Field.sink] === sink ? sent : 0, inputs[1 - sink] as Uint8Array, out);
  const queued = [unsent(APP), unsent(BUS)] as const;
  if (queued[0] === undefined || queued[1] === undefined) return POSITIONS;
  return { slot, inputs: [ranges[0], ranges[1]], queued: [queued[0], queued[1]] };
}

const HELD = "with descriptors in its hands";
const POSITIONS = "positions that do not check";

function reasonOf(broken: number): string {
  if ((broken & Broken.descriptors) !== 0) return HELD;
  if ((broken & (Broken.middle | Broken.largeQueue)) !== 0) return "in the middle of a message";
  return broken === 0 ? "" : "more state than fits";
}

function findInput(header: LedgerHeader, side: Side, slot: Float64Array): Range | string {
  const { end, live, brought } = header.input(side);
  const from = Math.max(slot[Field.done + side] as number, live);
  const to = Math.max(end, from);
  if (!Number.isInteger(from) || !Number.isInteger(to) || to - from > IN_BYTES) return POSITIONS;
  // The commit does not know of this read, and what came with it is gone.
  return brought && end > (slot[Field.filled + side] as number) ? HELD : { from, to };
}

/** What the commit says is on its way to `sink`, less what left: first input of the other lane, then the queue. */
function findUnsent(slot: Float64Array, sink: Side, sent: number, input: Uint8Array, out: (sink: Side) => Uint8Array): Uint8Array | undefined {
  const from = slot[Field.from + sink] as number;
  const passing = (slot[Field.to + sink] as number) - from;
  const head = slot[Field.head + sink] as number;
  const length = (slot[Field.end + sink] as number) - head;
  if (!(passing >= 0 && passing <= IN_BYTES && length >= 0 && length <= OUT_BYTES && sent <= passing + length)) return undefined;
  const all = new Uint8Array(passing + length);
  if (passing > 0) all.set(input.subarray(from & (IN_BYTES - 1), (from & (IN_BYTES - 1)) + passing), 0);
  if (length > 0) all.set(out(sink).subarray(head & (OUT_BYTES - 1), (head & (OUT_BYTES - 1)) + length), passing);
  return all.subarray(sent);
}
