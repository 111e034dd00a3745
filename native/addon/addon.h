// What the parts of the addon share: reading arguments, throwing system errors, and the door of each part.
#ifndef TSBOX_ADDON_H
#define TSBOX_ADDON_H

#include <napi.h>

#include <cstdint>
#include <string>

namespace tsbox {

// Throws a JavaScript Error with `code` (the errno's name), `errno` (negative, as Node has it) and `syscall`.
[[noreturn]] void throwSystemError(Napi::Env env, int error, const char* syscall);

// Arguments, or a TypeError that names the position.
int32_t intArgument(const Napi::CallbackInfo& info, size_t index);
uint64_t countArgument(const Napi::CallbackInfo& info, size_t index);
double numberArgument(const Napi::CallbackInfo& info, size_t index);
std::string textArgument(const Napi::CallbackInfo& info, size_t index);
bool flagArgument(const Napi::CallbackInfo& info, size_t index);

// Registers one plain function.
void put(Napi::Object exports, const char* name, Napi::Value (*function)(const Napi::CallbackInfo&));

void registerSockets(Napi::Env env, Napi::Object exports);
void registerMessages(Napi::Env env, Napi::Object exports);
void registerWatcher(Napi::Env env, Napi::Object exports);
void registerFiles(Napi::Env env, Napi::Object exports);
void registerRecords(Napi::Env env, Napi::Object exports);

}  // namespace tsbox

#endif
