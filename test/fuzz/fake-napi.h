// See fake-napi.cc.
#ifndef FAKE_NAPI_H
#define FAKE_NAPI_H

#include <node_api.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace fake {

struct Value {
  napi_valuetype type = napi_undefined;
  double number = 0;
  std::string text;
  bool list = false;
  bool array = false;
  std::vector<Value*> elements;
  std::shared_ptr<std::vector<uint8_t>> bytes;
  std::map<std::string, Value*> properties;
  napi_callback call = nullptr;
  void* data = nullptr;
};

struct Call {
  std::vector<Value*> arguments;
  void* data = nullptr;
};

Value* make(napi_valuetype type);
Value* number(double value);
Value* text(const std::string& value);
Value* bytes(size_t size);
Value* list();
void forgetAll();
void forgetException();

}  // namespace fake

#endif
