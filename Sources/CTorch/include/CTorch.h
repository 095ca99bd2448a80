#pragma once

// A thin C interface to libtorch: tensor handles, one generic call that reaches every operator of
// torch's dispatcher by name, and reverse-mode differentiation with operations given by callbacks.
//
// A function that can fail returns an error: NULL for success, else a message that the caller frees
// with `free`. No C++ exception leaves this library. Handles that a function returns are owned by
// the caller; handles that it takes stay the caller's.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A counted reference to a tensor; NULL is torch's undefined tensor.
typedef struct CTorchTensorHandle *CTorchTensor;
/// An operator of the dispatcher; lives for ever.
typedef const struct CTorchOperatorHandle *CTorchOperator;
/// A random number generator.
typedef struct CTorchGeneratorHandle *CTorchGenerator;
/// NULL, or a message to be freed.
typedef char *CTorchError;

// MARK: Operators

typedef enum {
    /// The default of the operator's schema.
    CTorchKindDefault = 0,
    CTorchKindNone,
    /// `word` is the integer, also for scalar types and memory formats.
    CTorchKindInteger,
    /// `word` is the bit pattern of a double.
    CTorchKindReal,
    CTorchKindBoolean,
    /// `word` is a CTorchTensor, possibly NULL.
    CTorchKindTensor,
    /// `word` points to `count` int64_t.
    CTorchKindIntegers,
    /// `word` points to `count` doubles.
    CTorchKindReals,
    /// `word` points to `count` CTorchTensor.
    CTorchKindTensors,
    /// `word` points to `count` bytes of UTF-8.
    CTorchKindString,
    /// `word` is device type × 256 + device index.
    CTorchKindDevice,
    /// `word` is a CTorchGenerator.
    CTorchKindGenerator,
} CTorchKind;

/// An argument of an operator.
typedef struct {
    int32_t kind;
    int32_t count;
    int64_t word;
} CTorchValue;

/// Finds an operator such as ("aten::add", "Tensor").
CTorchError ctorch_find_operator(const char *name, const char *overload, CTorchOperator *result);

/// Calls an operator with its leading arguments; the rest take the schema's defaults.
///
/// The tensors it returns, those of lists among them, go to `outputs` in order, numbers as tensors
/// without dimensions; when there are more than `capacity`, all go to an array in `*overflow`
/// instead, to be freed with `free`.
CTorchError ctorch_call(
    CTorchOperator op, const CTorchValue *arguments, int32_t argument_count, CTorchTensor *outputs,
    int32_t capacity, int32_t *output_count, CTorchTensor **overflow);

// MARK: Tensors

void ctorch_retain(CTorchTensor tensor);
void ctorch_release(CTorchTensor tensor);

int32_t ctorch_dimensions(CTorchTensor tensor);
int64_t ctorch_size(CTorchTensor tensor, int32_t dimension);
int64_t ctorch_stride(CTorchTensor tensor, int32_t dimension);
int64_t ctorch_element_count(CTorchTensor tensor);
/// c10::ScalarType.
int32_t ctorch_scalar_type(CTorchTensor tensor);
/// Device type × 256 + device index.
int64_t ctorch_device(CTorchTensor tensor);
bool ctorch_is_contiguous(CTorchTensor tensor);
/// The number of in-place changes so far.
int64_t ctorch_version(CTorchTensor tensor);

/// A tensor on the CPU that owns a copy of `data`, or uninitialised memory where `data` is NULL.
CTorchError ctorch_make(
    const void *data, const int64_t *sizes, int32_t dimensions, int32_t scalar_type,
    CTorchTensor *result);
/// A tensor over memory of somebody else; `release(context)` is called when torch is done with it.
CTorchError ctorch_wrap(
    void *data, const int64_t *sizes, int32_t dimensions, int32_t scalar_type, void *context,
    void (*release)(void *context), CTorchTensor *result);
/// The first element's address.
CTorchError ctorch_data(CTorchTensor tensor, void **result);
/// Torch's description of the values.
CTorchError ctorch_description(CTorchTensor tensor, char **result);

// MARK: Attention

/// Whether `ctorch_attend` may be called: the processor multiplies bfloat16, and has no AMX, with which
/// torch's own attention is fast.
bool ctorch_has_bfloat16_attention(void);
/// Into how many independent parts `ctorch_attend` divides the work for queries [B, heads, L, d].
int64_t ctorch_attention_blocks(CTorchTensor query);
/// Writes parts first..<last of softmax(q·kᵀ·scale)·v, of [B, heads, L or S, d] in bfloat16 with even
/// d and a last stride of 1, to an output like the query. Without history; parts may be computed
/// on several threads at once.
CTorchError ctorch_attend(
    CTorchTensor query, CTorchTensor key, CTorchTensor value, double scale, CTorchTensor output,
    int64_t first, int64_t last);

// MARK: Differentiation

bool ctorch_requires_grad(CTorchTensor tensor);
CTorchError ctorch_set_requires_grad(CTorchTensor tensor, bool value);
bool ctorch_is_leaf(CTorchTensor tensor);
/// The accumulated gradient, or NULL.
CTorchTensor ctorch_grad(CTorchTensor tensor);
CTorchError ctorch_set_grad(CTorchTensor tensor, CTorchTensor grad);
/// The same values without history, sharing memory and not the version counter.
CTorchError ctorch_detach(CTorchTensor tensor, CTorchTensor *result);
/// Makes the tensor refer to the values of another: its identity stays, for optimisers and modules.
CTorchError ctorch_set_data(CTorchTensor tensor, CTorchTensor values);

bool ctorch_grad_enabled(void);
void ctorch_set_grad_enabled(bool enabled);

/// Accumulates gradients into the leaves. `seeds` holds one tensor (or NULL for ones) per output.
CTorchError ctorch_backward(
    const CTorchTensor *outputs, const CTorchTensor *seeds, int32_t output_count,
    bool retain_graph, bool create_graph);
/// The gradients of outputs with respect to inputs, NULL where there is no dependence.
CTorchError ctorch_gradients(
    const CTorchTensor *outputs, const CTorchTensor *seeds, int32_t output_count,
    const CTorchTensor *inputs, int32_t input_count, bool retain_graph, bool create_graph,
    CTorchTensor *gradients);

/// Computes the gradients of an operation's inputs from those of its outputs.
///
/// `output_gradients` are borrowed, NULL where nothing flowed. `needed[i]` says whether the gradient
/// of input i is wanted. Writes owned handles, or NULL, to `input_gradients`.
typedef CTorchError (*CTorchBackward)(
    void *context, const CTorchTensor *output_gradients, int32_t output_count, const bool *needed,
    CTorchTensor *input_gradients, int32_t input_count);

/// Records an operation: `results` are `outputs` with a history that leads to `inputs` through
/// `backward`. `release(context)` is called once, when the history is gone or freed by a backward
/// pass, or at once when no input requires a gradient.
CTorchError ctorch_record(
    const char *name, const CTorchTensor *inputs, int32_t input_count, const CTorchTensor *outputs,
    int32_t output_count, void *context, CTorchBackward backward, void (*release)(void *context),
    CTorchTensor *results);

// MARK: Generators, threads and devices

CTorchGenerator ctorch_make_generator(uint64_t seed);
void ctorch_release_generator(CTorchGenerator generator);
void ctorch_seed_generator(CTorchGenerator generator, uint64_t seed);
/// Seeds the generator that operators use when none is given, on every device.
CTorchError ctorch_seed(uint64_t seed);

void ctorch_set_thread_count(int32_t count);
/// Makes torch's idle threads sleep instead of keeping processors busy.
void ctorch_limit_spinning(void);
/// Whether this processor has the vector instructions that everything was built with.
bool ctorch_suits_processor(void);
/// Whether torch computes through oneDNN here, in float32 or in bfloat16.
bool ctorch_has_onednn(bool bfloat16);
/// Asks for kernels that give the same bits each time.
void ctorch_set_deterministic(bool deterministic);

/// Loads torch's CUDA library, where a driver is present; NULL when it is ready for use.
CTorchError ctorch_load_cuda(void);
int32_t ctorch_cuda_device_count(void);
bool ctorch_has_mps(void);

/// The version of libtorch, as "2.11.0".
const char *ctorch_version_string(void);

#ifdef __cplusplus
}
#endif
