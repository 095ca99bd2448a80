#pragma once

#include "CTorch.h"

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cstdlib>
#include <cstring>
#include <exception>

namespace ctorch {

/// A copy that C's `free` releases.
inline CTorchError copy_message(const char *text) {
    const size_t size = std::strlen(text) + 1;
    char *copy = static_cast<char *>(std::malloc(size));
    if (copy) std::memcpy(copy, text, size);
    return copy;
}

/// Runs `body` and turns what it throws into a message.
template <class Body> CTorchError guarded(Body &&body) {
    try {
        body();
        return nullptr;
    } catch (const c10::Error &error) {
        return copy_message(error.what_without_backtrace());
    } catch (const std::exception &error) {
        return copy_message(error.what());
    } catch (...) {
        return copy_message("an unknown C++ exception");
    }
}

/// Gives the reference up to the caller of the C function.
inline CTorchTensor to_handle(at::Tensor tensor) {
    if (!tensor.defined()) return nullptr;
    return reinterpret_cast<CTorchTensor>(tensor.unsafeReleaseTensorImpl());
}

inline at::TensorImpl *implementation(CTorchTensor handle) {
    return reinterpret_cast<at::TensorImpl *>(handle);
}

/// Another reference to the tensor of a handle.
inline at::Tensor to_tensor(CTorchTensor handle) {
    if (!handle) return at::Tensor();
    return at::Tensor(
        c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(
            implementation(handle)));
}

/// The tensor of a handle whose reference is given away.
inline at::Tensor take_tensor(CTorchTensor handle) {
    if (!handle) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(
        implementation(handle)));
}

inline std::vector<at::Tensor> to_tensors(const CTorchTensor *handles, int32_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int32_t i = 0; i < count; ++i)
        tensors.push_back(handles ? to_tensor(handles[i]) : at::Tensor());
    return tensors;
}

inline c10::Device to_device(int64_t word) {
    return c10::Device(
        static_cast<c10::DeviceType>(word / 256), static_cast<c10::DeviceIndex>(word % 256));
}

}  // namespace ctorch
