// The flags with which broker and bus process run Node; their twin in C is in broker-start.c. V8 believes compiled code (launcher/startup) only under the same flags.

/** A small young generation: garbage of a launch or of a message dies at once, and the memory that a larger one touches is never given back. */
export const NODE_FLAGS: readonly string[] = ["--max-semi-space-size=1"];
