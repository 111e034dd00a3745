// The door to the C++ addon: sockets with descriptors, peer credentials, polling, memfds, descriptor-relative file work.
// It moves bytes and looks into none. Every function is synchronous and non-blocking; errors are thrown as SystemError
// unless the result type says otherwise.

/**
 * Who is at the other end of a unix socket. `pid`: as the kernel gives it, -1 where it does not.
 * `uid`: another user. `namespace`: a sandbox or container. `unreadable`: the kernel would not tell. `gone`: ended meanwhile.
 */
export type PeerCheck =
  | { readonly ok: true; readonly pid: number }
  | { readonly ok: false; readonly pid: number; readonly reason: "uid" | "namespace" | "unreadable" | "gone" };

/** Events of a watcher, as bits. HANGUP is reported with READABLE and where it is asked for; a peer that only stopped writing does not wake a mere writer. */
export const READABLE = 1;
export const WRITABLE = 2;
export const HANGUP = 4;

/** A poll on one descriptor in the event loop. Does not own the descriptor. `update(0)` pauses it; `close` is idempotent and must come before the descriptor is closed. */
export interface Watcher {
  update(events: number): void;
  close(): void;
  /** Lets the process end although the watcher lives. */
  unref(): void;
}

export interface FileIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: bigint;
}

export const IDENTITY_RECORD_BYTES = 64;

/** The letter before each path of `identifyPaths`. */
export const IdentityLook = {
  /** The path itself: what it is and whose. */
  ITSELF: "0",
  /** The path itself, with size and times. */
  ITSELF_AND_TIMES: "2",
  /** What it leads to, with size and times. */
  CONTENT: "3",
} as const;

export interface Addon {
  /** Connected SOCK_STREAM pair, close-on-exec, non-blocking. */
  socketpair(): [number, number];
  /** Binds and listens (SOCK_STREAM, close-on-exec, non-blocking). The path must not exist; at most 107 bytes. */
  listenUnix(path: string, backlog: number): number;
  /** Listens on a bound socket that another process may have listened on: who connects from now on is told this process as its peer. */
  listenOn(fd: number, backlog: number): void;
  /** Connects to a path, or to an abstract name if it starts with `@`. Non-blocking. */
  connectUnix(address: string): number;
  /** What is sent on this socket bears this process's credentials, for a receiver that asks for them only after it accepted (SO_PASSCRED). */
  passCredentials(fd: number): void;
  /** The accepted descriptor (close-on-exec, non-blocking), or -1 where none waits. */
  accept(fd: number): number;
  /**
   * Reads into `buffer` from `offset`, at most `length` bytes. Descriptors that came along (close-on-exec) are appended to `fds`;
   * Returns bytes read, 0 at the end, or -errno (EAGAIN among them). Where more descriptors came than fit (MSG_CTRUNC), all are closed and -EMFILE is returned.
   */
  recvmsg(fd: number, buffer: Uint8Array, offset: number, length: number, fds: number[]): number;
  /** Writes `length` bytes of `buffer` from `offset`; descriptors ride on the first byte and stay the caller's. Bytes written or -errno. Never raises SIGPIPE. */
  sendmsg(fd: number, buffer: Uint8Array, offset: number, length: number, fds: readonly number[]): number;
  /** The same for several pieces in one call (at most 64). `pieces` is a flat list: buffer, offset, length, buffer, offset, length, … */
  sendmsgv(fd: number, pieces: readonly (Uint8Array | number)[], fds: readonly number[]): number;
  /**
   * `recvmsg` whose outcome is written by the kernel into the cell at `cell` of `header`, before this process could be killed behind the call.
   * `start`: the stream's position at `offset`; `live`: nothing before this position is wanted any more. See dbus-proxy/connection/ledger.ts.
   */
  receiveRecorded(
    fd: number,
    header: Uint8Array,
    cell: number,
    ring: Uint8Array,
    offset: number,
    length: number,
    start: number,
    live: number,
    fds: number[],
  ): number;
  /** The same for `sendmsg`; the cell bears `commit`, a number above 0, from before the call on. */
  sendRecorded(fd: number, header: Uint8Array, cell: number, commit: number, bytes: Uint8Array, offset: number, length: number, fds: readonly number[]): number;
  /** A memfd of `size` zero bytes, which take memory once they are written. */
  sharedMemory(name: string, size: number): number;
  /** Its bytes from `offset` (of a page) as they are for everyone. `mirrored`: twice in a row. The descriptor may be closed afterwards. */
  mapShared(fd: number, offset: number, size: number, mirrored: boolean): Uint8Array;
  /** Gives the mapping back at once; the view has no bytes from then on. */
  unmapShared(view: Uint8Array): void;
  /**
   * Accepts a peer whose uid is our effective one and whose user, mount and pid namespaces are ours: a uid alone proves nothing, since a sandboxed app has ours.
   * The process is held by SO_PEERPIDFD (Linux 6.5), so the pid cannot be reused between the questions; before 6.5 that leaves the moment between connect and here.
   */
  checkPeer(fd: number): PeerCheck;
  watch(fd: number, events: number, callback: (events: number) => void): Watcher;
  /** how: 0 read, 1 write, 2 both. */
  shutdown(fd: number, how: number): void;
  close(fd: number): void;
  /** A close-on-exec copy. */
  dup(fd: number): number;
  /** A sealed memfd with these bytes. */
  memfd(name: string, bytes: Uint8Array): number;
  pidfdOpen(pid: number): number;
  /** openat2. `directory` -1: the working directory. `flags` and `resolve` as in the kernel's headers. Throws SystemError. */
  openat2(directory: number, path: string, flags: number, mode: number, resolve: number): number;
  mkdirat(directory: number, path: string, mode: number): void;
  unlinkat(directory: number, path: string, flags: number): void;
  /** `keep`: fails where `to` is there already (RENAME_NOREPLACE). */
  renameat(fromDirectory: number, from: string, toDirectory: number, to: string, keep?: boolean): void;
  fstat(fd: number): FileIdentity;
  /** An extended attribute of at most 256 bytes of the path itself; undefined where it has none of that name. */
  extendedAttribute(path: string, name: string): Uint8Array | undefined;
  /**
   * Copies the attributes in `user.` of what one descriptor means to what another one means, but for an overlay's own marks; nothing where either file system has none.
   * Descriptors may be O_PATH. Throws SystemError.
   */
  copyAttributes(from: number, to: number): void;
  /**
   * Looks at many paths in one call and writes one record of IDENTITY_RECORD_BYTES for each into `records`; answers how many. `paths`: for each a letter
   * (IdentityLook), the path in UTF-8, and NUL. A record is eight 64-bit numbers of the machine's own byte order: device, inode, mode with type,
   * uid << 32 | gid, size, mtime and ctime in nanoseconds (these three 0 where not asked for), and the errno where the path cannot be looked at (then the rest is 0).
   */
  identifyPaths(paths: Uint8Array, records: Uint8Array): number;
  /** flock(2) without waiting; false where another holds it. */
  flock(fd: number, exclusive: boolean): boolean;
  /** Open-file-description lock over the whole file (F_OFD_SETLK), without waiting. */
  ofdLock(fd: number, exclusive: boolean): boolean;
  readonly constants: Readonly<Record<string, number>>;
}

/** Thrown by the addon: `code` is the errno's name, `syscall` the call. */
export interface SystemError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** Loads the addon from an absolute path. Throws where it is missing or was built for another Node. */
export function loadAddon(path: string): Addon {
  // Straight to the loader's last step: `require` would load and ask what is of no use for one absolute path.
  const loaded: { exports: unknown } = { exports: {} };
  process.dlopen(loaded, path);
  return loaded.exports as Addon;
}
