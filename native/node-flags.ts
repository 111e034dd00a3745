// The flags with which broker and bus process run Node; their twin in C is in broker-start.c.

/** V8 checks them before it believes compiled code, so the training run uses the very same. */
export const NODE_FLAGS: readonly string[] = [];
