// Installs the system-call filter that the plan carries. It was assembled in launcher/seccomp; here it is only bytes of the right shape.
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>

#include "sandbox.h"

int filter_install(const struct data *program) {
  const size_t count = program->length / sizeof(struct sock_filter);
  if (count == 0 || count > BPF_MAXINSNS || program->length % sizeof(struct sock_filter) != 0) {
    errno = EINVAL;
    return -1;
  }
  const struct sock_fprog filter = {.len = (unsigned short)count, .filter = (struct sock_filter *)(uintptr_t)program->bytes};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0);
}
