// Shared memory, and recvmsg and sendmsg whose outcome the kernel itself writes into it: whoever is killed at any instant, the next reader of that memory
// knows exactly how many bytes moved. recvmmsg and sendmmsg store the length before they return to user space, where alone SIGKILL can take effect.
#include "addon.h"

#include <fcntl.h>
#include <node_api.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace tsbox {

static constexpr size_t kMaxDescriptors = 253;
static constexpr uint32_t kUnknown = 0xffffffffU;

union Control {
  char bytes[CMSG_SPACE(sizeof(int) * kMaxDescriptors)];
  cmsghdr align;
};

// INVARIANT: the offsets are those of dbus-proxy/connection/ledger.ts. Each field is stored alone and in this order, so every instant between two stores
// reads as either before or after.
struct Cell {
  uint32_t valid;    // receive: 0 or 1; send: the commit that announced it
  uint32_t unused;
  double settled;    // receive: where the stream ends while `valid` is 0
  double start;      // receive: where the bytes of this call go
  double live;       // receive: nothing before it is wanted any more
  mmsghdr message;
};
static_assert(offsetof(Cell, settled) == 8 && offsetof(Cell, start) == 16 && offsetof(Cell, live) == 24);
static_assert(offsetof(Cell, message) + offsetof(msghdr, msg_controllen) == 72 && offsetof(Cell, message) + offsetof(mmsghdr, msg_len) == 88);

template <typename T>
static void store(T* place, T value) {
  __atomic_store(place, &value, __ATOMIC_SEQ_CST);
}

static napi_value refuse(napi_env env, const char* text) {
  napi_throw_type_error(env, nullptr, text);
  return nullptr;
}

static napi_value number(napi_env env, int64_t value) {
  napi_value result;
  napi_create_int64(env, value, &result);
  return result;
}

static char* bytesOf(napi_env env, napi_value array, uint32_t from, uint32_t count) {
  napi_typedarray_type type;
  size_t size;
  void* data;
  if (napi_get_typedarray_info(env, array, &type, &size, &data, nullptr, nullptr) != napi_ok || type != napi_uint8_array || from > size || count > size - from) {
    refuse(env, "expected a Uint8Array, and an offset and a length inside it");
    return nullptr;
  }
  return static_cast<char*>(data) + from;
}

// fd, header, cell, ring, offset, length, start, live, fds
static napi_value receiveRecorded(napi_env env, napi_callback_info info) {
  size_t argc = 9;
  napi_value argv[9];
  int32_t fd;
  uint32_t cellAt, offset, length, known;
  double start, live;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  if (argc < 9 || napi_get_value_int32(env, argv[0], &fd) != napi_ok || napi_get_value_uint32(env, argv[2], &cellAt) != napi_ok ||
      napi_get_value_uint32(env, argv[4], &offset) != napi_ok || napi_get_value_uint32(env, argv[5], &length) != napi_ok ||
      napi_get_value_double(env, argv[6], &start) != napi_ok || napi_get_value_double(env, argv[7], &live) != napi_ok ||
      napi_get_array_length(env, argv[8], &known) != napi_ok)
    return refuse(env, "expected fd, header, cell, ring, offset, length, start, live, fds");
  Cell* cell = reinterpret_cast<Cell*>(bytesOf(env, argv[1], cellAt, sizeof(Cell)));
  char* into = cell == nullptr ? nullptr : bytesOf(env, argv[3], offset, length);
  if (into == nullptr) return nullptr;
  Control control;
  iovec piece = {into, length};
  store(&cell->live, live);
  store(&cell->settled, start);
  store(&cell->valid, 0U);
  store(&cell->start, start);
  cell->message.msg_hdr = msghdr{};
  cell->message.msg_hdr.msg_iov = &piece;
  cell->message.msg_hdr.msg_iovlen = 1;
  cell->message.msg_hdr.msg_control = control.bytes;
  cell->message.msg_hdr.msg_controllen = sizeof control.bytes;
  store(&cell->message.msg_len, kUnknown);
  store(&cell->valid, 1U);
  int done;
  do done = recvmmsg(fd, &cell->message, 1, MSG_CMSG_CLOEXEC | MSG_DONTWAIT, nullptr);
  while (done < 0 && errno == EINTR);
  if (done <= 0) return number(env, -errno);
  msghdr message = cell->message.msg_hdr;
  const bool cut = (message.msg_flags & MSG_CTRUNC) != 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int received;
      std::memcpy(&received, CMSG_DATA(header) + i * sizeof(int), sizeof received);
      if (cut) {
        close(received);
        continue;
      }
      napi_value value;
      napi_create_int32(env, received, &value);
      napi_set_element(env, argv[8], known++, value);
    }
  }
  return number(env, cut ? -EMFILE : static_cast<int64_t>(cell->message.msg_len));
}

// fd, header, cell, commit, bytes, offset, length, fds
static napi_value sendRecorded(napi_env env, napi_callback_info info) {
  size_t argc = 8;
  napi_value argv[8];
  int32_t fd;
  uint32_t cellAt, commit, offset, length, count;
  napi_get_cb_info(env, info, &argc, argv, nullptr, nullptr);
  if (argc < 8 || napi_get_value_int32(env, argv[0], &fd) != napi_ok || napi_get_value_uint32(env, argv[2], &cellAt) != napi_ok ||
      napi_get_value_uint32(env, argv[3], &commit) != napi_ok || napi_get_value_uint32(env, argv[5], &offset) != napi_ok ||
      napi_get_value_uint32(env, argv[6], &length) != napi_ok || napi_get_array_length(env, argv[7], &count) != napi_ok || count > kMaxDescriptors)
    return refuse(env, "expected fd, header, cell, commit, bytes, offset, length, fds");
  Cell* cell = reinterpret_cast<Cell*>(bytesOf(env, argv[1], cellAt, sizeof(Cell)));
  char* from = cell == nullptr ? nullptr : bytesOf(env, argv[4], offset, length);
  if (from == nullptr) return nullptr;
  Control control;
  iovec piece = {from, length};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  if (count > 0) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    std::memset(control.bytes, 0, message.msg_controllen);
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    for (uint32_t i = 0; i < count; i++) {
      napi_value element;
      int32_t descriptor;
      if (napi_get_element(env, argv[7], i, &element) != napi_ok || napi_get_value_int32(env, element, &descriptor) != napi_ok)
        return refuse(env, "a descriptor is not a number");
      std::memcpy(CMSG_DATA(header) + i * sizeof(int), &descriptor, sizeof descriptor);
    }
  }
  store(&cell->valid, 0U);
  cell->message.msg_hdr = message;
  store(&cell->message.msg_len, kUnknown);
  store(&cell->valid, commit);
  int done;
  do done = sendmmsg(fd, &cell->message, 1, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (done < 0 && errno == EINTR);
  return number(env, done <= 0 ? -errno : static_cast<int64_t>(cell->message.msg_len));
}

static Napi::Value sharedMemory(const Napi::CallbackInfo& info) {
  // Both first: nothing is open yet where one of them is wrong.
  const std::string name = textArgument(info, 0);
  const off_t size = static_cast<off_t>(countArgument(info, 1));
  const int fd = memfd_create(name.c_str(), MFD_CLOEXEC);
  if (fd < 0) throwSystemError(info.Env(), errno, "memfd_create");
  if (ftruncate(fd, size) < 0) {
    const int error = errno;
    close(fd);
    throwSystemError(info.Env(), error, "ftruncate");
  }
  return Napi::Number::New(info.Env(), fd);
}

// fd, offset, size, mirrored. A mirrored map shows the same bytes twice in a row, so what wraps around its end can be read in one piece.
static Napi::Value mapShared(const Napi::CallbackInfo& info) {
  const int fd = intArgument(info, 0);
  const off_t offset = static_cast<off_t>(countArgument(info, 1));
  const size_t size = countArgument(info, 2);
  const int copies = flagArgument(info, 3) ? 2 : 1;
  const size_t total = size * static_cast<size_t>(copies);
  char* place = static_cast<char*>(mmap(nullptr, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
  if (place == MAP_FAILED) throwSystemError(info.Env(), errno, "mmap");
  for (int i = 0; i < copies; i++) {
    if (mmap(place + static_cast<size_t>(i) * size, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED) continue;
    const int error = errno;
    munmap(place, total);
    throwSystemError(info.Env(), error, "mmap");
  }
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(info.Env(), place, total, [total](Napi::Env, void* data) { munmap(data, total); });
  return Napi::Uint8Array::New(info.Env(), total, buffer, 0);
}

// Lets go of the memory at once: a view whose buffer is gone has length 0, so nothing can be read or written through it afterwards.
static Napi::Value unmapShared(const Napi::CallbackInfo& info) {
  if (!info[0].IsTypedArray()) throw Napi::TypeError::New(info.Env(), "argument 1 must be a Uint8Array");
  info[0].As<Napi::TypedArray>().ArrayBuffer().Detach();
  return info.Env().Undefined();
}

static void putPlain(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}

void registerRecords(Napi::Env env, Napi::Object exports) {
  putPlain(env, exports, "receiveRecorded", receiveRecorded);
  putPlain(env, exports, "sendRecorded", sendRecorded);
  put(exports, "sharedMemory", sharedMemory);
  put(exports, "mapShared", mapShared);
  put(exports, "unmapShared", unmapShared);
}

}  // namespace tsbox
