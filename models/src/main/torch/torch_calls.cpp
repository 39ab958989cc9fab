// What TorchCalls asks of libtorch: a module run by one call of Java's, which leaves nothing on Java's heap.
//
// Pointers are DJL's handles: of a torch::jit::Module, of c10::IValues, of an at::Tensor. No exception leaves a function.

#include <ATen/core/Tensor.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

namespace {

char* copyOf(const char* text) noexcept {
  const size_t length = std::strlen(text) + 1;
  char* const copy = static_cast<char*>(std::malloc(length));
  return copy == nullptr ? nullptr : static_cast<char*>(std::memcpy(copy, text, length));
}

}  // namespace

extern "C" {

// Of which source the library was made.
__attribute__((visibility("default"))) extern const char mouthpiece_torch_source[] = MOUTHPIECE_SOURCE;

// Laid out as TorchResult reads it.
struct MouthpieceTorchResult {
  at::Tensor* tensor;  // for mouthpiece_torch_release to free
  const void* data;    // its first number
  int64_t count;       // how many numbers it has
  char* message;       // for mouthpiece_torch_forget to free, if the call failed
};

// Runs `forward`. Returns 0, or 1 with a message.
__attribute__((visibility("default"))) int32_t mouthpiece_torch_run(
    const torch::jit::Module* module,
    const c10::IValue* const* arguments,
    int32_t count,
    int32_t optimize,
    MouthpieceTorchResult* result) noexcept {
  result->tensor = nullptr;
  result->message = nullptr;
  try {
    const c10::InferenceMode inference;
    // Belongs to the calling thread, so every call says it anew.
    torch::jit::setGraphExecutorOptimize(optimize != 0);
    std::vector<c10::IValue> values;
    values.reserve(static_cast<size_t>(count) + 1);  // and the module itself, which libtorch puts first
    for (int32_t i = 0; i < count; i++) {
      values.push_back(*arguments[i]);
    }
    at::Tensor tensor = torch::jit::Module(*module).forward(std::move(values)).toTensor();
    result->data = tensor.const_data_ptr();
    result->count = tensor.numel();
    result->tensor = new at::Tensor(std::move(tensor));
    return 0;
  } catch (const std::exception& e) {
    result->message = copyOf(e.what());
  } catch (...) {
    result->message = copyOf("a failure that says nothing of itself");
  }
  return 1;
}

__attribute__((visibility("default"))) void mouthpiece_torch_release(at::Tensor* tensor) noexcept { delete tensor; }

__attribute__((visibility("default"))) void mouthpiece_torch_forget(char* message) noexcept { std::free(message); }

}  // extern "C"
