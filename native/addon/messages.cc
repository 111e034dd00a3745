// recvmsg and sendmsg with descriptors: the calls on the path of every message, hence in plain Node-API without wrappers.
#include "addon.h"

#include <node_api.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tsbox {

// SCM_MAX_FD of the kernel: more cannot come or go in one call.
static constexpr size_t kMaxDescriptors = 253;
static constexpr size_t kMaxPieces = 64;

union Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  cmsghdr align;
};

static napi_value refuse(napi_env env, const char* text) {
  napi_throw_type_error(env, nullptr, text);
  return nullptr;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

// The bytes [offset, offset + length) of a Uint8Array; false (and a pending exception) where they are not inside it.
static bool slice(napi_env env, napi_value array, napi_value offset, napi_value length, iovec* out) {
  napi_typedarray_type type;
  size_t size;
  void* data;
  uint32_t from, count;
  if (napi_get_typedarray_info(env, array, &type, &size, &data, nullptr, nullptr) != napi_ok || type != napi_uint8_array ||
      napi_get_value_uint32(env, offset, &from) != napi_ok || napi_get_value_uint32(env, length, &count) != napi_ok) {
    refuse(env, "expected Uint8Array, offset, length");
    return false;
  }
  if (from > size || count > size - from) {
    napi_throw_range_error(env, nullptr, "offset and length lie outside the buffer");
    return false;
  }
  out->iov_base = static_cast<char*>(data) + from;
  out->iov_len = count;
  return true;
}

// Puts the array's descriptors into the control block; false and a pending exception where it is malformed.
static bool attach(napi_env env, napi_value fds, msghdr* message, Control* control) {
  uint32_t count = 0;
  if (napi_get_array_length(env, fds, &count) != napi_ok) {
    refuse(env, "expected an array of descriptors");
    return false;
  }
  if (count == 0) return true;
  if (count > kMaxDescriptors) {
    napi_throw_range_error(env, nullptr, "more than 253 descriptors");
    return false;
  }
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(sizeof(int) * count);
  std::memset(control->bytes, 0, message->msg_controllen);
  cmsghdr* header = CMSG_FIRSTHDR(message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int) * count);
  for (uint32_t i = 0; i < count; i++) {
    napi_value element;
    int32_t fd;
    if (napi_get_element(env, fds, i, &element) != napi_ok || napi_get_value_int32(env, element, &fd) != napi_ok) {
      refuse(env, "a descriptor is not a number");
      return false;
    }
    std::memcpy(CMSG_DATA(header) + i * sizeof(int), &fd, sizeof fd);
  }
  return true;
}

static napi_value transmit(napi_env env, int fd, msghdr* message) {
  ssize_t sent;
  do sent = sendmsg(fd, message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return number(env, sent < 0 ? -errno : sent);
}

static napi_value receive(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value argv[5];
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  int32_t fd;
  iovec piece;
  if (argc < 5 || napi_get_value_int32(env, argv[0], &fd) != napi_ok) return refuse(env, "expected fd, buffer, offset, length, fds");
  if (!slice(env, argv[1], argv[2], argv[3], &piece)) return nullptr;
  uint32_t known;
  if (napi_get_array_length(env, argv[4], &known) != napi_ok) return refuse(env, "expected an array for descriptors");

  Control control;
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control.bytes;
  message.msg_controllen = sizeof control.bytes;
  ssize_t got;
  do got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
  while (got < 0 && errno == EINTR);
  if (got < 0) return number(env, -errno);

  bool cut = (message.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int received;
      std::memcpy(&received, CMSG_DATA(header) + i * sizeof(int), sizeof received);
      if (cut) {
        close(received);
        continue;
      }
      napi_value value;
      napi_create_int32(env, received, &value);
      napi_set_element(env, argv[4], known++, value);
    }
  }
  return number(env, cut ? -EMFILE : got);
}

static napi_value send(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value argv[5];
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  int32_t fd;
  iovec piece;
  if (argc < 5 || napi_get_value_int32(env, argv[0], &fd) != napi_ok) return refuse(env, "expected fd, buffer, offset, length, fds");
  if (!slice(env, argv[1], argv[2], argv[3], &piece)) return nullptr;
  Control control;
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (!attach(env, argv[4], &message, &control)) return nullptr;
  return transmit(env, fd, &message);
}

static napi_value sendPieces(napi_env env, napi_callback_info info) {
  size_t argc = 3;
  napi_value argv[3];
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  int32_t fd;
  uint32_t length;
  if (argc < 3 || napi_get_value_int32(env, argv[0], &fd) != napi_ok || napi_get_array_length(env, argv[1], &length) != napi_ok)
    return refuse(env, "expected fd, pieces, fds");
  if (length % 3 != 0 || length > 3 * kMaxPieces) return refuse(env, "pieces are at most 64 triples of buffer, offset, length");
  iovec pieces[kMaxPieces];
  for (uint32_t i = 0; i < length; i += 3) {
    napi_value part[3];
    for (uint32_t k = 0; k < 3; k++) napi_get_element(env, argv[1], i + k, &part[k]);
    if (!slice(env, part[0], part[1], part[2], &pieces[i / 3])) return nullptr;
  }
  Control control;
  msghdr message = {};
  message.msg_iov = pieces;
  message.msg_iovlen = length / 3;
  if (!attach(env, argv[2], &message, &control)) return nullptr;
  return transmit(env, fd, &message);
}

static void putPlain(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

void registerMessages(Napi::Env env, Napi::Object exports) {
  putPlain(env, exports, "recvmsg", receive);
  putPlain(env, exports, "sendmsg", send);
  putPlain(env, exports, "sendmsgv", sendPieces);
}

}  // namespace tsbox
