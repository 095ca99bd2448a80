#ifndef CLITERT_H
#define CLITERT_H

#include <stddef.h>
#include <stdint.h>

// The part of LiteRT's C API (2.3) that runs a graph. The wheel that carries the library has no
// headers, and the library is opened at run time, so that a program starts without it: what is
// declared here are the types of its functions, to give to what the loader finds.

/// Success is 0.
typedef int32_t LiteRtStatus;

typedef struct LiteRtEnvironmentT *LiteRtEnvironment;
typedef struct LiteRtModelT *LiteRtModel;
typedef struct LiteRtSubgraphT *LiteRtSubgraph;
typedef struct LiteRtTensorT *LiteRtTensor;
typedef struct LiteRtOptionsT *LiteRtOptions;
typedef struct LiteRtOpaqueOptionsT *LiteRtOpaqueOptions;
typedef struct LiteRtCompiledModelT *LiteRtCompiledModel;
typedef struct LiteRtTensorBufferT *LiteRtTensorBuffer;
typedef struct LiteRtTensorBufferRequirementsT *LiteRtTensorBufferRequirements;

enum { CLiteRTMaximumRank = 8 };

/// Rank in the low seven bits of `rankAndFlags`; bit 7 says that `strides` holds something.
typedef struct {
    uint32_t rankAndFlags;
    int32_t dimensions[CLiteRTMaximumRank];
    uint32_t strides[CLiteRTMaximumRank];
} LiteRtLayout;

/// `elementType` 1 is float32.
typedef struct {
    int32_t elementType;
    LiteRtLayout layout;
} LiteRtRankedTensorType;

_Static_assert(sizeof(LiteRtRankedTensorType) == 72, "LiteRT's own size of a tensor type");

enum { CLiteRTFloat32 = 1, CLiteRTCPU = 1, CLiteRTLockRead = 0, CLiteRTLockWrite = 1 };

/// An option of an environment: `tag`, then a variant whose kind 2 is an integer.
typedef struct {
    int32_t tag;
    int32_t padding;
    int32_t kind;
    int32_t kindPadding;
    int64_t integer;
} LiteRtEnvOption;

enum {
    CLiteRTIntegerKind = 2,
    /// Which accelerators are looked for when the environment is made.
    CLiteRTOptionAccelerators = 24,
    /// The least severity that is logged; 4 is silence.
    CLiteRTOptionLogSeverity = 25,
    CLiteRTSilent = 4,
};

/// An operator that the library lacks. Every function returns a status.
typedef struct {
    LiteRtStatus (*initialise)(void *userData, const void *options, size_t optionBytes);
    LiteRtStatus (*outputLayouts)(
        void *userData, size_t inputCount, const LiteRtLayout *inputs, size_t outputCount,
        LiteRtLayout *outputs);
    LiteRtStatus (*run)(
        void *userData, size_t inputCount, const LiteRtTensorBuffer *inputs, size_t outputCount,
        LiteRtTensorBuffer *outputs);
    LiteRtStatus (*destroy)(void *userData);
} LiteRtCustomOpKernel;

// LiteRtCreateEnvironment, LiteRtDestroyEnvironment
typedef LiteRtStatus (*CLiteRTCreateEnvironment)(
    int optionCount, const LiteRtEnvOption *options, LiteRtEnvironment *out);
typedef void (*CLiteRTDestroyEnvironment)(LiteRtEnvironment);

// LiteRtCreateModelFromBuffer (the bytes must outlive the model), LiteRtDestroyModel
typedef LiteRtStatus (*CLiteRTCreateModelFromBuffer)(
    LiteRtEnvironment, const void *bytes, size_t count, LiteRtModel *out);
typedef void (*CLiteRTDestroyModel)(LiteRtModel);

// LiteRtCreateOptions, LiteRtDestroyOptions, LiteRtSetOptionsHardwareAccelerators
typedef LiteRtStatus (*CLiteRTCreateOptions)(LiteRtOptions *out);
typedef void (*CLiteRTDestroyOptions)(LiteRtOptions);
typedef LiteRtStatus (*CLiteRTSetAccelerators)(LiteRtOptions, int32_t set);

// LiteRtCreateOpaqueOptions, LiteRtAddOpaqueOptions, LiteRtAddCustomOpKernelOption
typedef LiteRtStatus (*CLiteRTCreateOpaqueOptions)(
    const char *identifier, void *payload, void (*destroyPayload)(void *),
    LiteRtOpaqueOptions *out);
typedef LiteRtStatus (*CLiteRTAddOpaqueOptions)(LiteRtOptions, LiteRtOpaqueOptions);
typedef LiteRtStatus (*CLiteRTAddCustomOperator)(
    LiteRtOptions, const char *name, int version, const LiteRtCustomOpKernel *, void *userData);

// LiteRtCreateCompiledModel, LiteRtDestroyCompiledModel, LiteRtRunCompiledModel
typedef LiteRtStatus (*CLiteRTCreateCompiledModel)(
    LiteRtEnvironment, LiteRtModel, LiteRtOptions, LiteRtCompiledModel *out);
typedef void (*CLiteRTDestroyCompiledModel)(LiteRtCompiledModel);
typedef LiteRtStatus (*CLiteRTRunCompiledModel)(
    LiteRtCompiledModel, size_t signature, size_t inputCount, LiteRtTensorBuffer *inputs,
    size_t outputCount, LiteRtTensorBuffer *outputs);

// LiteRtGetModelSubgraph, LiteRtGetNumSubgraphInputs and Outputs, LiteRtGetSubgraphInput and Output
typedef LiteRtStatus (*CLiteRTGetSubgraph)(LiteRtModel, size_t index, LiteRtSubgraph *out);
typedef LiteRtStatus (*CLiteRTGetTensorCount)(LiteRtSubgraph, size_t *out);
typedef LiteRtStatus (*CLiteRTGetTensor)(LiteRtSubgraph, size_t index, LiteRtTensor *out);

// LiteRtGetTensorName, LiteRtGetRankedTensorType
typedef LiteRtStatus (*CLiteRTGetTensorName)(LiteRtTensor, const char **out);
typedef LiteRtStatus (*CLiteRTGetTensorType)(LiteRtTensor, LiteRtRankedTensorType *out);

// LiteRtGetCompiledModelInputBufferRequirements and Output
typedef LiteRtStatus (*CLiteRTGetRequirements)(
    LiteRtCompiledModel, size_t signature, size_t index, LiteRtTensorBufferRequirements *out);

// LiteRtCreateManagedTensorBufferFromRequirements, LiteRtDestroyTensorBuffer,
// LiteRtLockTensorBuffer, LiteRtUnlockTensorBuffer
typedef LiteRtStatus (*CLiteRTCreateTensorBuffer)(
    LiteRtEnvironment, const LiteRtRankedTensorType *, LiteRtTensorBufferRequirements,
    LiteRtTensorBuffer *out);
typedef void (*CLiteRTDestroyTensorBuffer)(LiteRtTensorBuffer);
typedef LiteRtStatus (*CLiteRTLockTensorBuffer)(LiteRtTensorBuffer, void **host, int mode);
typedef LiteRtStatus (*CLiteRTUnlockTensorBuffer)(LiteRtTensorBuffer);

// LiteRtGetTensorBufferTensorType
typedef LiteRtStatus (*CLiteRTGetTensorBufferType)(LiteRtTensorBuffer, LiteRtRankedTensorType *out);

#endif
