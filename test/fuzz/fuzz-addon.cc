// The addon's functions with arguments of every kind, right and wrong, a few calls for each input. Descriptors come from a list that is made anew each time;
// the fuzzer itself runs where there is nothing to spoil.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmath>
#include <csignal>

#include "fake-napi.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size);
extern "C" napi_value napi_register_module_v1(napi_env env, napi_value exports);

struct Reader {
  const uint8_t* at;
  const uint8_t* end;
  uint8_t byte() { return at < end ? *at++ : 0; }
  uint32_t word() { return byte() | byte() << 8 | byte() << 16 | static_cast<uint32_t>(byte()) << 24; }
};

static fake::Value* argument(Reader& reader, const std::vector<int>& descriptors) {
  switch (reader.byte() % 12) {
    case 0:
    case 1: return fake::number(descriptors[reader.byte() % descriptors.size()]);
    case 2: return fake::number(reader.byte());
    // No number of a descriptor that is not on the list.
    case 3: return fake::number(static_cast<double>(reader.word()) + 1000);
    case 4: {
      static const double kOdd[] = {-1, -100, NAN, INFINITY, 1e300, 4294967295.0, 4294967296.0, 2147483648.0, -2147483649.0, 1000.5};
      return fake::number(kOdd[reader.byte() % 10]);
    }
    case 5: {
      std::string text;
      for (size_t count = reader.byte() % 64; count > 0 && reader.at < reader.end; count--) text += static_cast<char>(reader.byte());
      return fake::text(text);
    }
    case 6: return fake::text(std::string(reader.byte() * 20, 'x'));
    case 7:
    case 8: return fake::bytes(reader.byte() * 2);
    case 9: {
      fake::Value* made = fake::list();
      for (size_t count = reader.byte() % 8; count > 0; count--) made->elements.push_back(argument(reader, descriptors));
      return made;
    }
    case 10: {
      fake::Value* made = fake::make(napi_boolean);
      made->number = reader.byte() & 1;
      return made;
    }
    default: return fake::make(napi_undefined);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  // As Node does.
  signal(SIGPIPE, SIG_IGN);
  // The fuzzer's own words go to 2, and an input may close that.
  static const int words = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 900);
  Reader reader = {bytes, bytes + size};
  fake::Value* exports = fake::make(napi_object);
  napi_register_module_v1(nullptr, reinterpret_cast<napi_value>(exports));
  std::vector<fake::Value*> functions;
  for (auto& [name, value] : exports->properties)
    if (value->type == napi_function) functions.push_back(value);
  int pair[2];
  if (functions.empty() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) abort();
  // High numbers, so that nothing the addon opens is taken for one of them.
  const std::vector<int> made = {pair[0], pair[1], open("/dev/null", O_RDWR | O_CLOEXEC), open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC), memfd_create("x", MFD_CLOEXEC)};
  std::vector<int> descriptors;
  for (int each : made) {
    descriptors.push_back(fcntl(each, F_DUPFD_CLOEXEC, 300));
    close(each);
  }
  if (write(descriptors[0], bytes, size > 64 ? 64 : size) < 0) abort();
  for (int calls = 0; calls < 6 && reader.at < reader.end; calls++) {
    const fake::Value* function = functions[reader.byte() % functions.size()];
    fake::Call call;
    call.data = function->data;
    for (size_t count = reader.byte() % 10; count > 0; count--) call.arguments.push_back(argument(reader, descriptors));
    function->call(nullptr, reinterpret_cast<napi_callback_info>(&call));
    fake::forgetException();
  }
  // What the addon opened too; the fuzzer itself needs but a few.
  close_range(16, static_cast<unsigned>(words) - 1, 0);
  close_range(static_cast<unsigned>(words) + 1, ~0U, 0);
  if (dup2(words, STDERR_FILENO) < 0) abort();
  fake::forgetAll();
  return 0;
}
