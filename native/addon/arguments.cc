// Arguments in and errors out: the edge between JavaScript values and system calls.
#include "addon.h"

#include <uv.h>

#include <cmath>
#include <cstring>

namespace tsbox {

void throwSystemError(Napi::Env env, int error, const char* syscall) {
  std::string message = std::string(syscall) + ": " + std::strerror(error);
  Napi::Error thrown = Napi::Error::New(env, message);
  thrown.Set("code", Napi::String::New(env, uv_err_name(-error)));
  thrown.Set("errno", Napi::Number::New(env, -error));
  thrown.Set("syscall", Napi::String::New(env, syscall));
  throw thrown;
}

static Napi::TypeError badArgument(const Napi::CallbackInfo& info, size_t index, const char* wanted) {
  return Napi::TypeError::New(info.Env(), "argument " + std::to_string(index + 1) + " must be " + wanted);
}

double numberArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsNumber()) throw badArgument(info, index, "a number");
  return info[index].As<Napi::Number>().DoubleValue();
}

int32_t intArgument(const Napi::CallbackInfo& info, size_t index) {
  double value = numberArgument(info, index);
  // A descriptor that was silently truncated would be somebody else's descriptor.
  if (value != std::floor(value) || value < INT32_MIN || value > INT32_MAX) throw badArgument(info, index, "a 32-bit integer");
  return static_cast<int32_t>(value);
}

uint64_t countArgument(const Napi::CallbackInfo& info, size_t index) {
  double value = numberArgument(info, index);
  // Beyond 2^53 a number is no longer the one that was written down; a negative one would become a huge count.
  if (!(value >= 0 && value <= 9007199254740991.0) || value != std::floor(value)) throw badArgument(info, index, "a whole number from 0 on");
  return static_cast<uint64_t>(value);
}

std::string textArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsString()) throw badArgument(info, index, "a string");
  std::string text = info[index].As<Napi::String>().Utf8Value();
  // The kernel would see only what stands before the NUL: another path than the caller checked.
  if (text.find('\0') != std::string::npos) throw badArgument(info, index, "a string without NUL");
  return text;
}

bool flagArgument(const Napi::CallbackInfo& info, size_t index) {
  if (!info[index].IsBoolean()) throw badArgument(info, index, "a boolean");
  return info[index].As<Napi::Boolean>().Value();
}

void put(Napi::Object exports, const char* name, Napi::Value (*function)(const Napi::CallbackInfo&)) {
  exports.Set(name, Napi::Function::New(exports.Env(), function, name));
}

}  // namespace tsbox
