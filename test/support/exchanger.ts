// A program of Python that makes two paths change places without end, for tests of what looks at one of them meanwhile.

/** `python3 -c EXCHANGER A B`: says `on` and begins. */
export const EXCHANGER = `
import ctypes, sys
libc = ctypes.CDLL(None, use_errno=True)
a, b = sys.argv[1].encode(), sys.argv[2].encode()
print("on", flush=True)
while True:
    for _ in range(2000):
        libc.renameat2(-100, a, -100, b, 2)
`;
