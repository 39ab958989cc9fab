// What DirectTorchCalls asks of libtorch: a module run by one call of Java's, which leaves nothing on Java's heap.
//
// Pointers come as longs: of a torch::jit::Module, of c10::IValues, of an at::Tensor, all of them DJL's handles. No exception leaves
// a function. The functions are of JNI, whose two own arguments are not looked at, so that no header of it is needed.

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

#define EXPORTED __attribute__((visibility("default")))

// Laid out as TorchResult reads it.
struct MouthpieceTorchResult {
  at::Tensor* tensor;  // for `release` to free
  const void* data;    // its first number
  int64_t count;       // how many numbers it has
  char* message;       // for `forget` to free, if the call failed; null if there is no memory for it
};

extern "C" {

// Of which source the library was made.
EXPORTED extern const char mouthpiece_torch_source[] = MOUTHPIECE_SOURCE;

// Runs `forward`. Whether that went well: if not, there is a message.
EXPORTED uint8_t Java_dev_mouthpiece_model_djl_DirectTorchCalls_run(
    void*,
    void*,
    const torch::jit::Module* module,
    const c10::IValue* const* arguments,
    int32_t count,
    uint8_t optimize,
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
    return 1;
  } catch (const std::exception& e) {
    result->message = strdup(e.what());
  } catch (...) {
    result->message = strdup("a failure that says nothing of itself");
  }
  return 0;
}

EXPORTED void Java_dev_mouthpiece_model_djl_DirectTorchCalls_release(void*, void*, at::Tensor* tensor) noexcept { delete tensor; }

EXPORTED void Java_dev_mouthpiece_model_djl_DirectTorchCalls_forget(void*, void*, char* message) noexcept { std::free(message); }

}  // extern "C"
