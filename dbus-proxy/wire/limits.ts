// The protocol's own limits and ours below them, in one place. Lengths are in bytes.

/** D-Bus specification, "Message Format": a whole message, header included. */
export const MAX_MESSAGE_BYTES = 2 ** 27;
/** D-Bus specification, "Valid Signatures" and "Summary of types". */
export const MAX_ARRAY_BYTES = 2 ** 26;
export const MAX_SIGNATURE_BYTES = 255;
export const MAX_ARRAY_DEPTH = 32;
export const MAX_STRUCT_DEPTH = 32;
/** Containers of any kind including variants, as libdbus and dbus-broker count them. */
export const MAX_TOTAL_DEPTH = 64;
export const MAX_NAME_BYTES = 255;

/** Ours: header of one message. The buses allow 64 MiB; no known program sends more than some hundred bytes. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** Ours: an answer of the bus that the filter must read whole, such as a list of all names. */
export const MAX_INSPECTED_BYTES = 16 * 1024 * 1024;
/** Ours: a call to the bus that the filter must read whole: a name, a match rule. */
export const MAX_INSPECTED_FROM_APP_BYTES = 128 * 1024;
/** Ours: sets of keys with exact values in the match rules of one connection. Programs have a handful; each costs a look at every signal. */
export const MAX_RULE_FORMS = 64;
/** The same for rules with keys that are compared one by one: `path_namespace`, `arg0namespace`, `argNpath`. */
export const MAX_INEXACT_RULES = 256;
/** Serials above belong to the filter's own messages on the same connection. */
export const MAX_CLIENT_SERIAL = 0xffff_0000 - 1;

/** What one app may hold at once; over it the answer is LimitsExceeded. */
export interface AppLimits {
  readonly connections: number;
  readonly outstandingCalls: number;
  readonly incomingCalls: number;
  readonly matchRules: number;
  readonly names: number;
  readonly descriptorsPerMessage: number;
  /** Read and not passed on, of all connections together; the same for `queuedBytes`. */
  readonly descriptorsInFlight: number;
  readonly queuedBytes: number;
  readonly knownPeers: number;
}

export const APP_LIMITS: AppLimits = {
  connections: 64,
  outstandingCalls: 4096,
  incomingCalls: 4096,
  matchRules: 4096,
  names: 256,
  descriptorsPerMessage: 64,
  descriptorsInFlight: 1024,
  queuedBytes: 16 * 1024 * 1024,
  knownPeers: 4096,
};
