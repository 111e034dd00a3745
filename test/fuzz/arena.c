#include "arena.h"

#undef malloc
#undef calloc
#undef realloc
#undef free
#undef strdup

/* One block of the real allocator for each of ours, so that the address sanitizer sees every edge; a table of them beside. */
static void **blocks;
static size_t count, capacity;

static void *keep(void *block) {
  if (block == NULL) return NULL;
  if (count == capacity) {
    capacity = capacity == 0 ? 256 : capacity * 2;
    blocks = realloc(blocks, capacity * sizeof *blocks);
    if (blocks == NULL) abort();
  }
  blocks[count++] = block;
  return block;
}

static void forget(const void *block) {
  for (size_t at = count; at-- > 0;)
    if (blocks[at] == block) {
      blocks[at] = blocks[--count];
      return;
    }
}

void *arena_malloc(size_t size) { return keep(malloc(size)); }
void *arena_calloc(size_t number, size_t size) { return keep(calloc(number, size)); }
char *arena_strdup(const char *text) { return keep(strdup(text)); }

void *arena_realloc(void *old, size_t size) {
  if (old != NULL) forget(old);
  return keep(realloc(old, size));
}

void arena_free(void *block) {
  if (block == NULL) return;
  forget(block);
  free(block);
}

void arena_empty(void) {
  while (count > 0) free(blocks[--count]);
}
