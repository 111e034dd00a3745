// A message as data: the numbers of the specification ("Message Format") and the header of one message.

export const MessageType = { CALL: 1, RETURN: 2, ERROR: 3, SIGNAL: 4 } as const;
export const MessageFlag = { NO_REPLY_EXPECTED: 1, NO_AUTO_START: 2, ALLOW_INTERACTIVE_AUTHORIZATION: 4 } as const;
export const HeaderField = { PATH: 1, INTERFACE: 2, MEMBER: 3, ERROR_NAME: 4, REPLY_SERIAL: 5, DESTINATION: 6, SENDER: 7, SIGNATURE: 8, UNIX_FDS: 9 } as const;

/** Text fields are empty where absent: no valid path, name or interface is empty. */
export interface MessageHeader {
  littleEndian: boolean;
  type: number;
  flags: number;
  serial: number;
  bodyBytes: number;
  /** Fixed part, field array and padding. */
  headerBytes: number;
  path: string;
  interface: string;
  member: string;
  errorName: string;
  destination: string;
  sender: string;
  signature: string;
  /** 0 where absent: no valid serial is 0. */
  replySerial: number;
  /** Where its four bytes stand in the header; 0 where absent. */
  replySerialAt: number;
  unixFds: number;
  /** The header without fields that nobody knows, where it had some: it goes on in the place of what came. */
  rewritten: Uint8Array | undefined;
}

export function emptyHeader(): MessageHeader {
  return {
    littleEndian: true,
    type: 0,
    flags: 0,
    serial: 0,
    bodyBytes: 0,
    headerBytes: 0,
    path: "",
    interface: "",
    member: "",
    errorName: "",
    destination: "",
    sender: "",
    signature: "",
    replySerial: 0,
    replySerialAt: 0,
    unixFds: 0,
    rewritten: undefined,
  };
}

/** A call that waits for an answer. */
export function expectsReply(header: MessageHeader): boolean {
  return header.type === MessageType.CALL && (header.flags & MessageFlag.NO_REPLY_EXPECTED) === 0;
}

export const BUS_NAME = "org.freedesktop.DBus";
export const BUS_PATH = "/org/freedesktop/DBus";
export const LOCAL_PATH = "/org/freedesktop/DBus/Local";
export const LOCAL_INTERFACE = "org.freedesktop.DBus.Local";
