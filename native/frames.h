// The framing of native/frames.ts in C: header of two little-endian words, payload, and `key=value` fields ended by NUL.
#ifndef TSBOX_FRAMES_H
#define TSBOX_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER_BYTES 8
#define MAX_FRAME_BYTES (16 * 1024 * 1024)
#define PROTOCOL_VERSION "1"
#define MAX_FRAME_DESCRIPTORS 64

enum front_frame {
  FRAME_REQUEST = 1,
  FRAME_SANDBOX = 2,
  FRAME_EXITED = 3,
  FRAME_FAILED = 4,
  FRAME_ORPHAN = 5,
  FRAME_ACK = 10,
  FRAME_OUTPUT = 11,
  FRAME_EXIT = 12,
  FRAME_PLAN = 13,
  FRAME_NOT_HERE = 14,
  FRAME_NAMESPACES = 15,
  FRAME_GO = 16,
};

enum connector_frame {
  CONNECTOR_CONNECT = 1,
  CONNECTOR_CONNECTED = 2,
  CONNECTOR_REFUSED = 3,
  CONNECTOR_FORGET = 4,
  CONNECTOR_KEEP_INSTANCE = 5,
  CONNECTOR_KEEP = 6,
  CONNECTOR_TAKE = 7,
  CONNECTOR_KEPT_INSTANCE = 8,
  CONNECTOR_KEPT = 9,
};

// A payload of fields under construction. `failed` is set where memory ran out or a key or value cannot be encoded.
struct fields {
  char *bytes;
  size_t length;
  size_t capacity;
  bool failed;
};

void fields_add(struct fields *fields, const char *key, const char *value);
void fields_add_number(struct fields *fields, const char *key, long long value);
void fields_free(struct fields *fields);

// Walks a payload: NULL at the end. Returns the key's start with *value behind its `=`; both are NUL-ended in place.
// Call fields_valid first: it checks that every piece has a key, an `=` and a NUL.
bool fields_valid(const char *payload, size_t length);
char *fields_next(char *payload, size_t length, size_t *position, char **value);

// Writes one whole frame; descriptors ride on its first byte. Blocks. 0 or -errno.
int frame_send(int socket, uint32_t type, const void *payload, size_t length, const int *descriptors, size_t count);

// Reads frames from one socket. The payload of a frame is good until the next call.
struct frame_reader {
  int socket;
  unsigned char *bytes;
  size_t start;
  size_t end;
  size_t capacity;
};

struct frame {
  uint32_t type;
  unsigned char *payload;
  size_t length;
};

// 1: a frame; 0: the peer has closed at a boundary; -errno otherwise (-EPROTO: too long or cut off). Blocks as the socket does.
int frame_read(struct frame_reader *reader, struct frame *frame);
// True where the next frame is there already: reading it would not wait.
bool frame_waits(const struct frame_reader *reader);

// Leaves the bytes of the last frame to whoever points into them, and goes on with what came behind it. False: no memory.
bool frame_reader_leave(struct frame_reader *reader);

#endif
