#include "Internal.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>

#include <dlfcn.h>
#include <unistd.h>

#include <thread>

using namespace ctorch;

namespace {

at::Generator borrowed(CTorchGenerator generator) {
    return at::Generator(
        c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(
            reinterpret_cast<c10::GeneratorImpl *>(generator)));
}

bool cuda_loaded = false;

}  // namespace

CTorchGenerator ctorch_make_generator(uint64_t seed) {
    return reinterpret_cast<CTorchGenerator>(
        at::detail::createCPUGenerator(seed).unsafeReleaseGeneratorImpl());
}

void ctorch_release_generator(CTorchGenerator generator) {
    c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(
        reinterpret_cast<c10::GeneratorImpl *>(generator));
}

void ctorch_seed_generator(CTorchGenerator generator, uint64_t seed) {
    at::Generator target = borrowed(generator);
    const std::lock_guard<std::mutex> lock(target.mutex());
    target.set_current_seed(seed);
}

CTorchError ctorch_seed(uint64_t seed) {
    return guarded([&] {
        // Asking torch about CUDA before its library is loaded would settle the answer as "no".
        if (cuda_loaded || ctorch_has_mps()) {
            at::manual_seed(seed);
        } else {
            at::Generator generator = at::detail::getDefaultCPUGenerator();
            const std::lock_guard<std::mutex> lock(generator.mutex());
            generator.set_current_seed(seed);
        }
    });
}

void ctorch_set_thread_count(int32_t count) {
    CTorchError error = guarded([&] { at::set_num_threads(std::max(count, 1)); });
    std::free(error);
}

void ctorch_limit_spinning(void) {
#ifdef __linux__
    // libgomp's threads spin for about ten milliseconds after each parallel region, on processors that
    // the kernels written in Swift, or other programs, could use; unless there are more threads than
    // processors (GOMP_SPINCOUNT in its manual). An idle team beside the one in use makes it so: it
    // belongs to a thread that runs one region and then sleeps for good.
    std::thread([] {
        CTorchError error = guarded([] {
            // Enough elements for all threads to be called.
            at::empty({1 << 22}, at::kFloat).fill_(1);
        });
        std::free(error);
        for (;;) pause();
    }).detach();
#endif
}

bool ctorch_suits_processor(void) {
#if defined(__x86_64__) && defined(__AVX512F__)
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq")
        && __builtin_cpu_supports("avx512vl");
#elif defined(__x86_64__) && defined(__AVX2__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return true;
#endif
}

bool ctorch_has_onednn(bool bfloat16) {
#ifdef __x86_64__
    // torch asks the same of the processor before it goes to oneDNN.
    if (bfloat16 && !(__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")))
        return false;
    return at::hasMKLDNN();
#else
    return false;
#endif
}

void ctorch_set_deterministic(bool deterministic) {
    at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
    // Filling every new tensor with NaN is a debugging aid that costs a pass over memory.
    at::globalContext().setDeterministicFillUninitializedMemory(false);
}

CTorchError ctorch_load_cuda(void) {
#ifdef __linux__
    return guarded([&] {
        if (cuda_loaded) return;
        TORCH_CHECK(dlopen("libcuda.so.1", RTLD_NOW | RTLD_GLOBAL), "no NVIDIA driver was found");
        TORCH_CHECK(
            dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL),
            "torch's CUDA library did not load: ", dlerror());
        TORCH_CHECK(at::hasCUDA(), "torch was asked about CUDA before its library was loaded");
        cuda_loaded = true;
    });
#else
    return copy_message("CUDA needs Linux");
#endif
}

int32_t ctorch_cuda_device_count(void) {
    if (!cuda_loaded) return 0;
    int32_t count = 0;
    std::free(guarded([&] { count = at::detail::getCUDAHooks().deviceCount(); }));
    return count;
}

bool ctorch_has_mps(void) {
#ifdef __APPLE__
    return at::hasMPS();
#else
    return false;
#endif
}
