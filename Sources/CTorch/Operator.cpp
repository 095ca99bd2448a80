// Calls any operator by name, through the dispatcher's boxed convention: what an argument becomes
// is decided by the operator's own schema, so that adding an operator needs no C++.

#include "Internal.hpp"

#include <ATen/ScalarOps.h>
#include <ATen/core/Generator.h>
#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>

#include <bit>
#include <memory>

using namespace ctorch;

namespace {

/// What a schema expects of an argument.
enum class Expected {
    tensor, integer, real, boolean, scalar, integers, reals, booleans, optional_scalars, tensors,
    optional_tensors, string, device, generator, other
};

struct Parameter {
    Expected expected;
    /// The length to which a single value is repeated, as for `int[2] stride`.
    int32_t repeat;
    c10::IValue default_value;
    bool has_default;
};

Expected expectation(const c10::TypePtr &type) {
    switch (type->kind()) {
    case c10::TypeKind::OptionalType:
        return expectation(type->castRaw<c10::OptionalType>()->getElementType());
    case c10::TypeKind::TensorType: return Expected::tensor;
    case c10::TypeKind::IntType:
    case c10::TypeKind::SymIntType: return Expected::integer;
    case c10::TypeKind::FloatType: return Expected::real;
    case c10::TypeKind::BoolType: return Expected::boolean;
    case c10::TypeKind::NumberType: return Expected::scalar;
    case c10::TypeKind::StringType: return Expected::string;
    case c10::TypeKind::DeviceObjType: return Expected::device;
    case c10::TypeKind::GeneratorType: return Expected::generator;
    case c10::TypeKind::ListType: {
        const auto element = type->castRaw<c10::ListType>()->getElementType();
        const bool optional = element->kind() == c10::TypeKind::OptionalType;
        switch (expectation(element)) {
        case Expected::tensor: return optional ? Expected::optional_tensors : Expected::tensors;
        case Expected::integer: return Expected::integers;
        case Expected::real: return Expected::reals;
        case Expected::boolean: return Expected::booleans;
        case Expected::scalar: return optional ? Expected::optional_scalars : Expected::other;
        default: return Expected::other;
        }
    }
    default: return Expected::other;
    }
}

}  // namespace

struct CTorchOperatorHandle {
    c10::OperatorHandle handle;
    std::vector<Parameter> parameters;
    std::string name;
};

namespace {

[[noreturn]] void mismatch(const CTorchOperatorHandle &op, size_t index) {
    TORCH_CHECK(
        false, op.name, ": argument ", index, " (",
        op.handle.schema().arguments()[index].name(), ") should be ",
        op.handle.schema().arguments()[index].type()->annotation_str());
}

template <class Element> const Element *elements(const CTorchValue &value) {
    return reinterpret_cast<const Element *>(value.word);
}

double as_real(const CTorchValue &value) {
    return value.kind == CTorchKindReal ? std::bit_cast<double>(value.word)
                                        : static_cast<double>(value.word);
}

bool is_number(const CTorchValue &value) {
    return value.kind == CTorchKindInteger || value.kind == CTorchKindReal
        || value.kind == CTorchKindBoolean;
}

c10::IValue number(const CTorchValue &value) {
    if (value.kind == CTorchKindReal) return as_real(value);
    if (value.kind == CTorchKindBoolean) return value.word != 0;
    return value.word;
}

c10::IValue to_value(const CTorchOperatorHandle &op, size_t index, const CTorchValue &value) {
    const Parameter &parameter = op.parameters[index];
    if (value.kind == CTorchKindDefault) {
        if (!parameter.has_default) mismatch(op, index);
        return parameter.default_value;
    }
    if (value.kind == CTorchKindNone) return c10::IValue();
    const bool single = value.kind == CTorchKindInteger;
    switch (parameter.expected) {
    case Expected::tensor:
        if (value.kind == CTorchKindTensor)
            return to_tensor(reinterpret_cast<CTorchTensor>(value.word));
        if (is_number(value)) {
            // As in Python: a bare number takes part in type promotion as a number, not a tensor.
            at::Tensor wrapped = at::scalar_to_tensor(number(value).toScalar());
            wrapped.unsafeGetTensorImpl()->set_wrapped_number(true);
            return wrapped;
        }
        break;
    case Expected::integer:
        if (single || value.kind == CTorchKindBoolean) return value.word;
        break;
    case Expected::real:
        if (is_number(value)) return as_real(value);
        break;
    case Expected::boolean:
        if (single || value.kind == CTorchKindBoolean) return value.word != 0;
        break;
    case Expected::scalar:
        if (is_number(value)) return number(value);
        break;
    case Expected::integers:
        if (value.kind == CTorchKindIntegers) {
            c10::List<int64_t> list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; ++i)
                list.push_back(elements<int64_t>(value)[i]);
            return list;
        }
        if (single) {
            c10::List<int64_t> list;
            list.resize(std::max(parameter.repeat, 1), value.word);
            return list;
        }
        break;
    case Expected::reals:
        if (value.kind == CTorchKindReals) {
            c10::List<double> list;
            for (int32_t i = 0; i < value.count; ++i) list.push_back(elements<double>(value)[i]);
            return list;
        }
        break;
    case Expected::booleans:
        if (value.kind == CTorchKindIntegers) {
            c10::List<bool> list;
            for (int32_t i = 0; i < value.count; ++i)
                list.push_back(elements<int64_t>(value)[i] != 0);
            return list;
        }
        break;
    case Expected::optional_scalars:
        if (value.kind == CTorchKindReals) {
            c10::List<std::optional<at::Scalar>> list;
            for (int32_t i = 0; i < value.count; ++i)
                list.push_back(at::Scalar(elements<double>(value)[i]));
            return list;
        }
        break;
    case Expected::tensors:
        if (value.kind == CTorchKindTensors) {
            c10::List<at::Tensor> list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; ++i)
                list.push_back(to_tensor(elements<CTorchTensor>(value)[i]));
            return list;
        }
        break;
    case Expected::optional_tensors:
        if (value.kind == CTorchKindTensors) {
            c10::List<std::optional<at::Tensor>> list;
            list.reserve(value.count);
            for (int32_t i = 0; i < value.count; ++i) {
                at::Tensor tensor = to_tensor(elements<CTorchTensor>(value)[i]);
                list.push_back(
                    tensor.defined() ? std::optional<at::Tensor>(std::move(tensor)) : std::nullopt);
            }
            return list;
        }
        break;
    case Expected::string:
        if (value.kind == CTorchKindString)
            return std::string(elements<char>(value), static_cast<size_t>(value.count));
        break;
    case Expected::device:
        if (value.kind == CTorchKindDevice) return to_device(value.word);
        break;
    case Expected::generator:
        if (value.kind == CTorchKindGenerator)
            return at::Generator(
                c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(
                    reinterpret_cast<c10::GeneratorImpl *>(value.word)));
        break;
    case Expected::other: break;
    }
    mismatch(op, index);
}

}  // namespace

CTorchError ctorch_find_operator(
    const char *name, const char *overload, CTorchOperator *result) {
    return guarded([&] {
        const auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
        auto op = std::make_unique<CTorchOperatorHandle>(CTorchOperatorHandle{handle, {}, name});
        for (const auto &argument : handle.schema().arguments()) {
            const bool has_default = argument.default_value().has_value();
            op->parameters.push_back(
                {expectation(argument.type()), argument.N().value_or(1),
                 has_default ? *argument.default_value() : c10::IValue(), has_default});
        }
        *result = op.release();
    });
}

CTorchError ctorch_call(
    CTorchOperator op, const CTorchValue *arguments, int32_t argument_count, CTorchTensor *outputs,
    int32_t capacity, int32_t *output_count, CTorchTensor **overflow) {
    return guarded([&] {
        const size_t total = op->parameters.size();
        TORCH_CHECK(
            static_cast<size_t>(argument_count) <= total, op->name, " takes ", total,
            " arguments, not ", argument_count);
        c10::Stack stack;
        stack.reserve(std::max<size_t>(total, 4));
        for (size_t i = 0; i < total; ++i) {
            static constexpr CTorchValue absent{CTorchKindDefault, 0, 0};
            stack.push_back(
                to_value(*op, i, i < static_cast<size_t>(argument_count) ? arguments[i] : absent));
        }
        op->handle.callBoxed(stack);

        size_t count = 0;
        for (auto &value : stack) {
            if (value.isScalar()) value = at::scalar_to_tensor(value.toScalar());
            count += value.isTensor() ? 1 : value.isTensorList() ? value.toTensorList().size() : 0;
        }
        CTorchTensor *target = outputs;
        *overflow = nullptr;
        if (count > static_cast<size_t>(capacity)) {
            target = static_cast<CTorchTensor *>(std::malloc(count * sizeof(CTorchTensor)));
            if (!target) throw std::bad_alloc();
            *overflow = target;
        }
        for (auto &value : stack) {
            if (value.isTensor()) {
                *target++ = to_handle(std::move(value).toTensor());
            } else if (value.isTensorList()) {
                for (const at::Tensor &tensor : value.toTensorVector())
                    *target++ = to_handle(tensor);
            }
        }
        *output_count = static_cast<int32_t>(count);
    });
}
