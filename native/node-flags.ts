// The flags and the allocator with which broker and bus process run Node; their twin in C is in broker-start.c. V8 believes compiled code (launcher/startup) only under the same flags.

/** A small young generation: garbage of a launch or of a message dies at once, and the memory that a larger one touches is never given back. */
const SMALL_YOUNG = "--max-semi-space-size=1";

/** The filter optimizes what it runs often, as V8 does by itself. */
export const BUS_FLAGS: readonly string[] = [SMALL_YOUNG];

/**
 * V8 counts the bytes of bytecode that a function ran, and optimizes it at 66 thousand: after some dozen launches, each shorter than the optimizing. Portals that
 * are called by the thousand reach seven hundred thousand soon enough.
 */
export const BROKER_FLAGS: readonly string[] = [SMALL_YOUNG, "--interrupt-budget=700000"];

/** One arena for all threads (mallopt(3)): each of Node's workers, which seldom do anything, would keep megabytes of free memory in one of its own. */
export const NODE_MALLOC: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: "1" };
