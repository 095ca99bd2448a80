#include "Internal.hpp"

#include <ATen/Functions.h>
#include <ATen/core/Formatting.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/version.h>

#include <sstream>

using namespace ctorch;

void ctorch_retain(CTorchTensor tensor) {
    if (tensor) c10::raw::intrusive_ptr::incref(implementation(tensor));
}

void ctorch_release(CTorchTensor tensor) { take_tensor(tensor); }

int32_t ctorch_dimensions(CTorchTensor tensor) {
    return static_cast<int32_t>(implementation(tensor)->dim());
}

int64_t ctorch_size(CTorchTensor tensor, int32_t dimension) {
    return implementation(tensor)->sizes()[dimension];
}

int64_t ctorch_stride(CTorchTensor tensor, int32_t dimension) {
    return implementation(tensor)->strides()[dimension];
}

int64_t ctorch_element_count(CTorchTensor tensor) { return implementation(tensor)->numel(); }

int32_t ctorch_scalar_type(CTorchTensor tensor) {
    return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

int64_t ctorch_device(CTorchTensor tensor) {
    const c10::Device device = implementation(tensor)->device();
    return static_cast<int64_t>(device.type()) * 256 + std::max<int64_t>(device.index(), 0);
}

bool ctorch_is_contiguous(CTorchTensor tensor) { return implementation(tensor)->is_contiguous(); }

int64_t ctorch_version(CTorchTensor tensor) {
    return implementation(tensor)->version_counter().current_version();
}

CTorchError ctorch_make(
    const void *data, const int64_t *sizes, int32_t dimensions, int32_t scalar_type,
    CTorchTensor *result) {
    return guarded([&] {
        at::Tensor tensor = at::empty(
            at::IntArrayRef(sizes, dimensions),
            at::TensorOptions().dtype(static_cast<at::ScalarType>(scalar_type)));
        if (data && tensor.nbytes() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
        *result = to_handle(std::move(tensor));
    });
}

CTorchError ctorch_wrap(
    void *data, const int64_t *sizes, int32_t dimensions, int32_t scalar_type, void *context,
    void (*release)(void *context), CTorchTensor *result) {
    return guarded([&] {
        *result = to_handle(at::from_blob(
            data, at::IntArrayRef(sizes, dimensions), [=](void *) { release(context); },
            at::TensorOptions().dtype(static_cast<at::ScalarType>(scalar_type))));
    });
}

CTorchError ctorch_data(CTorchTensor tensor, void **result) {
    return guarded([&] { *result = to_tensor(tensor).data_ptr(); });
}

CTorchError ctorch_description(CTorchTensor tensor, char **result) {
    return guarded([&] {
        std::ostringstream stream;
        at::print(stream, to_tensor(tensor), 100);
        *result = copy_message(stream.str().c_str());
    });
}

CTorchError ctorch_detach(CTorchTensor tensor, CTorchTensor *result) {
    return guarded([&] { *result = to_handle(to_tensor(tensor).detach()); });
}

CTorchError ctorch_set_data(CTorchTensor tensor, CTorchTensor values) {
    return guarded([&] { to_tensor(tensor).set_data(to_tensor(values)); });
}

const char *ctorch_version_string(void) { return TORCH_VERSION; }
