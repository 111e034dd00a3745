// The C side of the framing, driven by frames.test.ts: reads commands as frames on descriptor 0, answers on descriptor 0.
//   echo  any frame comes back with type + 1; a payload of fields is decoded and encoded again where it is valid, else it comes back as `invalid`
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../native/frames.h"

int main(void) {
  struct frame_reader reader = {.socket = 0};
  struct frame frame;
  int result = 0;
  while ((result = frame_read(&reader, &frame)) == 1) {
    struct fields fields = {0};
    char *payload = (char *)frame.payload;
    char *value = NULL;
    size_t position = 0;
    const bool valid = fields_valid(payload, frame.length);
    if (valid)
      for (const char *key; (key = fields_next(payload, frame.length, &position, &value)) != NULL;) fields_add(&fields, key, value);
    const int null = 2;
    const int sent = valid ? frame_send(0, frame.type + 1, fields.bytes, fields.length, &null, frame.type == 77 ? 1 : 0) : frame_send(0, frame.type + 1, "invalid", 7, NULL, 0);
    fields_free(&fields);
    if (sent != 0) return 3;
  }
  free(reader.bytes);
  return result == 0 ? 0 : 2;
}
