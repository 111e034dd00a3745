/* Plans: a PLAN frame of a broker, the words of a plan, and bubblewrap's command line. The first byte chooses. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>

#include "../../native/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char *arguments[] = {"one", "two", NULL};
static char *environment[] = {"PATH=/usr/bin", "HOME=/home/x", "EMPTY=", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  static int data[2];
  static int descriptors[2] = {200, 201};
  if (size < 2) return 0;
  /* What --args, --file and --seccomp read: the input's own second half. */
  for (int i = 0; i < 2; i++) {
    data[i] = memfd_create("data", MFD_CLOEXEC);
    if (write(data[i], bytes + size / 2, size - size / 2) < 0 || lseek(data[i], 0, SEEK_SET) < 0 || dup2(data[i], descriptors[i]) < 0) return 0;
    close(data[i]);
  }
  const struct caller caller = {.argc = 2, .argv = arguments, .environment = environment, .cwd = "/", .uid = 1000, .gid = 1000, .descriptors = descriptors, .descriptor_count = 2};
  struct plan plan;
  struct failure failure;
  uint8_t *copy = malloc(size);
  memcpy(copy, bytes, size);
  if (bytes[0] % 3 == 0) {
    (void)plan_decode_frame(&plan, &caller, copy + 1, size - 1, &failure);
  } else {
    copy[size - 1] = '\0';
    size_t count = 0;
    for (size_t at = 1; at < size; at++) count += copy[at] == '\0';
    char **words = calloc(count + 1, sizeof *words);
    for (size_t at = 1, word = 0; at < size; at += strlen((char *)copy + at) + 1) words[word++] = (char *)copy + at;
    const struct plan_source source = {.descriptors = true, .bubblewrap = bytes[0] % 3 == 2};
    (void)plan_decode(&plan, &source, &caller, words, count, &failure);
  }
  for (int i = 0; i < 2; i++) close(descriptors[i]);
  arena_empty();
  return 0;
}
