// The words in which a connection's state is told to another process: one change each, a number and two texts at most.

/** The numbers are written into shared memory: never given a second meaning. */
export const Change = {
  NAMED: 1,
  UNIQUE_NAME: 2,
  UNIX_FDS: 3,
  OWN_SERIAL: 4,
  CALL: 5,
  CALL_HELLO: 6,
  CALL_NAMES: 7,
  CALL_OWNER: 8,
  CALL_OWNER_OWN: 9,
  CALL_ADD_MATCH: 10,
  CALL_MADE_UP: 11,
  CALL_FALSE: 12,
  CALL_OWN_NAMES: 13,
  CALL_OWN: 14,
  CALL_ENDED: 15,
  INCOMING: 16,
  ANSWERED: 17,
  RULE: 18,
  NAME: 19,
  NAME_GONE: 20,
  PEER_SEEN: 21,
  /** A name that the peer owned earlier. */
  PEER_NAME: 22,
  OWNER: 23,
  PEER_GONE: 24,
  /** A peer of which nothing is told but that it stands here in the order of age. */
  PEER: 25,
  CALL_SAID: 26,
  CALL_PORTAL: 27,
  /** An object of a peer that the app may name: peer, path. */
  GRANTED: 28,
  GRANT_GONE: 29,
  CALL_GRANTS: 30,
  CALL_APPEARED: 31,
  CALL_NEW_NAMES: 32,
} as const;

export type RecordChange = (change: number, number: number, first: string, second: string) => void;

export const NO_CHANGES: RecordChange = () => {};
