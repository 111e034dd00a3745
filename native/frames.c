// Twin of native/frames.ts; test/native/frames.test.ts holds the two together.
#include "frames.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define READ_AHEAD 65536

static bool reserve(struct fields *fields, size_t more) {
  if (fields->failed || more > MAX_FRAME_BYTES || fields->length + more > MAX_FRAME_BYTES) return false;
  if (fields->length + more <= fields->capacity) return true;
  size_t capacity = fields->capacity == 0 ? 8192 : fields->capacity;
  while (capacity < fields->length + more) capacity *= 2;
  char *bytes = realloc(fields->bytes, capacity);
  if (bytes == NULL) return false;
  fields->bytes = bytes;
  fields->capacity = capacity;
  return true;
}

void fields_add(struct fields *fields, const char *key, const char *value) {
  const size_t key_length = strlen(key);
  const size_t value_length = strlen(value);
  if (key_length == 0 || strchr(key, '=') != NULL || !reserve(fields, key_length + value_length + 2)) {
    fields->failed = true;
    return;
  }
  char *at = fields->bytes + fields->length;
  memcpy(at, key, key_length);
  at[key_length] = '=';
  memcpy(at + key_length + 1, value, value_length + 1);
  fields->length += key_length + value_length + 2;
}

void fields_add_number(struct fields *fields, const char *key, long long value) {
  char text[24];
  snprintf(text, sizeof text, "%lld", value);
  fields_add(fields, key, text);
}

void fields_free(struct fields *fields) {
  free(fields->bytes);
  memset(fields, 0, sizeof *fields);
}

bool fields_valid(const char *payload, size_t length) {
  if (length == 0) return true;
  if (payload[length - 1] != '\0') return false;
  for (size_t at = 0; at < length; at += strlen(payload + at) + 1) {
    const char *equals = strchr(payload + at, '=');
    if (equals == NULL || equals == payload + at) return false;
  }
  return true;
}

char *fields_next(char *payload, size_t length, size_t *position, char **value) {
  if (*position >= length) return NULL;
  char *key = payload + *position;
  *position += strlen(key) + 1;
  char *equals = strchr(key, '=');
  if (equals == NULL) return NULL; // not so in fields that fields_valid passed
  *equals = '\0';
  *value = equals + 1;
  return key;
}

static void put_word(unsigned char *at, uint32_t word) {
  for (int byte = 0; byte < 4; byte++) at[byte] = (unsigned char)(word >> (8 * byte));
}

static uint32_t get_word(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

int frame_send(int socket, uint32_t type, const void *payload, size_t length, const int *descriptors, size_t count) {
  if (length > MAX_FRAME_BYTES || count > MAX_FRAME_DESCRIPTORS) return -EMSGSIZE;
  unsigned char header[FRAME_HEADER_BYTES];
  put_word(header, (uint32_t)length);
  put_word(header + 4, type);
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_FRAME_DESCRIPTORS)];
    struct cmsghdr align;
  } control;
  memset(&control, 0, sizeof control);
  struct iovec pieces[2] = {{.iov_base = header, .iov_len = sizeof header}, {.iov_base = (void *)(uintptr_t)payload, .iov_len = length}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = 2};
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * count);
  }
  while (pieces[0].iov_len + pieces[1].iov_len > 0) {
    const ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = socket, .events = POLLOUT};
      (void)poll(&wait, 1, -1);
      continue;
    }
    if (sent < 0) return -errno;
    message.msg_control = NULL;
    message.msg_controllen = 0;
    size_t left = (size_t)sent;
    for (int piece = 0; piece < 2; piece++) {
      const size_t taken = left < pieces[piece].iov_len ? left : pieces[piece].iov_len;
      pieces[piece].iov_base = (char *)pieces[piece].iov_base + taken;
      pieces[piece].iov_len -= taken;
      left -= taken;
    }
  }
  return 0;
}

static int fill(struct frame_reader *reader, size_t wanted) {
  if (reader->start > 0 && reader->start + wanted > reader->capacity) {
    memmove(reader->bytes, reader->bytes + reader->start, reader->end - reader->start);
    reader->end -= reader->start;
    reader->start = 0;
  }
  if (wanted > reader->capacity) {
    const size_t capacity = wanted < READ_AHEAD ? READ_AHEAD : wanted;
    unsigned char *bytes = realloc(reader->bytes, capacity);
    if (bytes == NULL) return -ENOMEM;
    reader->bytes = bytes;
    reader->capacity = capacity;
  }
  while (reader->end - reader->start < wanted) {
    // Plain recv: descriptors that nobody asked for are dropped by the kernel.
    const ssize_t got = recv(reader->socket, reader->bytes + reader->end, reader->capacity - reader->end, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -errno;
    if (got == 0) return reader->end == reader->start ? 0 : -EPROTO;
    reader->end += (size_t)got;
  }
  return 1;
}

int frame_read(struct frame_reader *reader, struct frame *frame) {
  int result = fill(reader, FRAME_HEADER_BYTES);
  if (result <= 0) return result;
  const uint32_t length = get_word(reader->bytes + reader->start);
  if (length > MAX_FRAME_BYTES) return -EPROTO;
  result = fill(reader, FRAME_HEADER_BYTES + (size_t)length);
  if (result <= 0) return result == 0 ? -EPROTO : result;
  frame->type = get_word(reader->bytes + reader->start + 4);
  frame->payload = reader->bytes + reader->start + FRAME_HEADER_BYTES;
  frame->length = length;
  reader->start += FRAME_HEADER_BYTES + (size_t)length;
  return 1;
}

bool frame_waits(const struct frame_reader *reader) {
  const size_t there = reader->end - reader->start;
  return there >= FRAME_HEADER_BYTES && there - FRAME_HEADER_BYTES >= get_word(reader->bytes + reader->start);
}

bool frame_reader_leave(struct frame_reader *reader) {
  const size_t left = reader->end - reader->start;
  unsigned char *bytes = left == 0 ? NULL : malloc(left);
  if (left > 0 && bytes == NULL) return false;
  if (left > 0) memcpy(bytes, reader->bytes + reader->start, left);
  reader->bytes = bytes;
  reader->start = 0;
  reader->end = reader->capacity = left;
  return true;
}
