// The payload of a PLAN frame: lengths, words, blobs (twin of encodePlan in native/plan-language.ts).
#include "plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint32_t word_at(const unsigned char *at) {
  return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static bool malformed(struct failure *failure, const char *what) {
  failure_set(failure, "plan-frame", -1, EPROTO, what);
  return false;
}

bool plan_decode_frame(struct plan *plan, const struct caller *caller, unsigned char *payload, size_t length, struct failure *failure) {
  memset(plan, 0, sizeof *plan);
  if (length < 8) return malformed(failure, "header");
  const size_t words_length = word_at(payload);
  const size_t blob_count = word_at(payload + 4);
  // INVARIANT: every sum below stays under 2^37, as each term is a 32-bit number or bounded by `length`.
  if (blob_count > length / 4 || 8 + 4 * blob_count + words_length > length) return malformed(failure, "lengths");
  char *text = (char *)payload + 8 + 4 * blob_count;
  if (words_length > 0 && text[words_length - 1] != '\0') return malformed(failure, "words");
  size_t count = 0;
  for (size_t at = 0; at < words_length; at++) count += text[at] == '\0';
  char **words = calloc(count + 1, sizeof *words);
  struct data *blobs = calloc(blob_count + 1, sizeof *blobs);
  if (words == NULL || blobs == NULL) {
    free(words);
    free(blobs);
    failure_set(failure, "memory", -1, ENOMEM, NULL);
    return false;
  }
  for (size_t at = 0, word = 0; at < words_length; at += strlen(text + at) + 1) words[word++] = text + at;
  size_t at = 8 + 4 * blob_count + words_length;
  bool whole = true;
  for (size_t blob = 0; whole && blob < blob_count; blob++) {
    const size_t size = word_at(payload + 8 + 4 * blob);
    whole = size <= length - at;
    if (!whole) break;
    blobs[blob] = (struct data){.bytes = payload + at, .length = size};
    at += size;
  }
  const struct plan_source source = {.blobs = blobs, .blob_count = blob_count};
  const bool decoded = whole && at == length ? plan_decode(plan, &source, caller, words, count, failure) : malformed(failure, "data");
  // Both lists are copied from while decoding; only what they point to stays in use.
  free(words);
  free(blobs);
  return decoded;
}
