// Reads what a descriptor holds into memory.
#include "plan-data.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_DATA_BYTES (64 * 1024 * 1024)

int data_read(int descriptor, struct data *data) {
  size_t capacity = 65536;
  size_t length = 0;
  unsigned char *bytes = malloc(capacity);
  for (ssize_t got = 1; bytes != NULL && got != 0; length += (size_t)got) {
    if (length == capacity) {
      unsigned char *more = capacity < MAX_DATA_BYTES ? realloc(bytes, capacity *= 2) : NULL;
      if (more == NULL) break;
      bytes = more;
    }
    do got = read(descriptor, bytes + length, capacity - length);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
      const int error = errno;
      free(bytes);
      return -error;
    }
    if (got == 0) {
      *data = (struct data){.bytes = bytes, .length = length};
      return 0;
    }
  }
  free(bytes);
  return -ENOMEM;
}

char **data_split(const struct data *data, size_t *count) {
  char *text = malloc(data->length + 1);
  *count = 0;
  if (text == NULL) return NULL;
  memcpy(text, data->bytes, data->length);
  text[data->length] = '\0';
  for (size_t at = 0; at < data->length; at += strlen(text + at) + 1) (*count)++;
  char **words = calloc(*count + 1, sizeof *words);
  if (words == NULL) {
    free(text);
    return NULL;
  }
  for (size_t at = 0, word = 0; at < data->length; at += strlen(text + at) + 1) words[word++] = text + at;
  return words;
}
