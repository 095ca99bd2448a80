// Attention in bfloat16. torch's own kernel multiplies through MKL, which has no fast bfloat16 on
// processors without AMX: it takes as long as in float32. oneDNN's small products, which torch
// exports, are fast on all that have AVX-512 with bfloat16.

#include "Internal.hpp"

#include <ATen/native/CPUBlas.h>
#include <c10/util/BFloat16.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

using namespace ctorch;

#ifdef __x86_64__

namespace {

using Half = c10::BFloat16;
using Lanes = float __attribute__((vector_size(32)));
using Words = int32_t __attribute__((vector_size(32)));
using Halves = int16_t __attribute__((vector_size(16)));
constexpr int64_t lanes = 8;

/// Queries and keys whose scores are computed at once: they stay in the second-level cache.
constexpr int64_t block_rows = 64, block_keys = 512;

Lanes load(const float *from) {
    Lanes x;
    std::memcpy(&x, from, sizeof x);
    return x;
}

Lanes larger(Lanes a, Lanes b) { return a > b ? a : b; }

/// 2^x for x ≤ 0 with a relative error of 4e-5, a hundredth of bfloat16's; NaN stays NaN.
Lanes power_of_two(Lanes x) {
    const Lanes lowest = Lanes{} - 126;
    x = x < lowest ? lowest : x;
    const Lanes whole = __builtin_elementwise_rint(x), rest = x - whole;
    // The series of 2^r for |r| ≤ 1/2.
    Lanes p = Lanes{} + 0.009618129f;
    p = p * rest + 0.05550411f;
    p = p * rest + 0.2402265f;
    p = p * rest + 0.6931472f;
    p = p * rest + 1.0f;
    const Words bits = (__builtin_convertvector(whole, Words) + 127) << 23;
    Lanes power;
    std::memcpy(&power, &bits, sizeof power);
    return p * power;
}

/// Rounded to nearest, ties to even.
void store(Half *to, Lanes x) {
    Words bits;
    std::memcpy(&bits, &x, sizeof bits);
    const Halves halves =
        __builtin_convertvector((bits + 0x7fff + ((bits >> 16) & 1)) >> 16, Halves);
    std::memcpy(static_cast<void *>(to), &halves, sizeof halves);
}

template <class Element> struct Scratch {
    explicit Scratch(int64_t count) : memory(new Element[count]) {}
    Element *operator+(int64_t index) const { return memory.get() + index; }
    std::unique_ptr<Element[]> memory;
};

struct Matrix {
    explicit Matrix(const at::Tensor &tensor)
        : data(static_cast<Half *>(tensor.data_ptr())), batch(tensor.stride(0)),
          head(tensor.stride(1)), row(tensor.stride(2)) {}

    Half *at(int64_t b, int64_t h, int64_t r) const { return data + b * batch + h * head + r * row; }

    Half *data;
    int64_t batch, head, row;
};

/// The softmax of blocks of queries over all keys, block by block: the largest score and the sum so
/// far are kept for each query, and results are scaled down whenever the largest grows (Milakov and
/// Gimelshein, arXiv 1805.02867; Dao et al., arXiv 2205.14135).
class Attention {
public:
    Attention(
        const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, float scale,
        const at::Tensor &output)
        : query(query), key(key), value(value), output(output), heads(query.size(1)),
          queries(query.size(2)), keys(key.size(2)), depth(query.size(3)),
          padded((keys + 2 * lanes - 1) / (2 * lanes) * (2 * lanes)),
          factor(scale * 1.44269504f), packed_keys(padded * depth), packed_values(padded * depth),
          scores(block_rows * block_keys), weights(block_rows * block_keys),
          sums(block_rows * depth) {}

    void run(int64_t first, int64_t last) {
        const int64_t blocks = (queries + block_rows - 1) / block_rows;
        int64_t packed = -1;
        for (int64_t block = first; block < last; ++block) {
            const int64_t item = block / blocks, b = item / heads, h = item % heads;
            if (item != packed) pack(b, h);
            packed = item;
            const int64_t row = block % blocks * block_rows;
            rows(b, h, row, std::min(block_rows, queries - row));
        }
        at::native::cpublas::brgemm_release();
    }

private:
    const Matrix query, key, value, output;
    const int64_t heads, queries, keys, depth;
    /// Keys with those of weight zero after them, as vectors want it.
    const int64_t padded;
    const float factor;
    Scratch<Half> packed_keys, packed_values;
    Scratch<float> scores;
    Scratch<Half> weights;
    Scratch<float> sums;

    /// Right-hand sides as the processor's instruction takes them: two rows interleaved.
    void pack(int64_t b, int64_t h) {
        const Half zero(0.0f);
        for (int64_t j = 0; j < padded; ++j) {
            const Half *from = key.at(b, h, j);
            for (int64_t i = 0; i < depth; i += 2) {
                Half *to = packed_keys + (i * padded + 2 * j);
                to[0] = j < keys ? from[i] : zero;
                to[1] = j < keys ? from[i + 1] : zero;
            }
        }
        for (int64_t j = 0; j < padded; ++j) {
            const Half *from = value.at(b, h, j);
            Half *to = packed_values + (j / 2 * 2 * depth + j % 2);
            for (int64_t i = 0; i < depth; ++i) to[2 * i] = j < keys ? from[i] : zero;
        }
    }

    void rows(int64_t b, int64_t h, int64_t row, int64_t count) {
        float largest[block_rows], total[block_rows];
        std::fill_n(largest, count, -std::numeric_limits<float>::infinity());
        std::fill_n(total, count, 0.0f);
        for (int64_t first = 0; first < padded; first += block_keys) {
            const int64_t width = std::min(block_keys, padded - first);
            at::native::cpublas::brgemm(
                count, width, depth, query.row, padded, block_keys, false, query.at(b, h, row),
                packed_keys + 2 * first, scores + 0);
            for (int64_t r = 0; r < count; ++r)
                soften(r, width, std::min(width, keys - first), first == 0, largest[r], total[r]);
            at::native::cpublas::brgemm(
                count, depth, width, block_keys, depth, depth, first > 0, weights + 0,
                packed_values + first * depth, sums + 0);
        }
        for (int64_t r = 0; r < count; ++r) {
            Half *to = output.at(b, h, row + r);
            const float *from = sums + r * depth;
            for (int64_t i = 0; i < depth; ++i) to[i] = Half(from[i] / total[r]);
        }
    }

    /// Turns a row of scores, of which the first `present` are of keys, into weights.
    void soften(
        int64_t r, int64_t width, int64_t present, bool is_first, float &largest, float &total)
    {
        float *score = scores + r * block_keys;
        std::fill(score + present, score + width, -std::numeric_limits<float>::infinity());
        Lanes high = load(score), next = high;
        for (int64_t j = 0; j < width; j += 2 * lanes) {
            high = larger(high, load(score + j));
            next = larger(next, load(score + j + lanes));
        }
        high = larger(high, next);
        float now = high[0];
        for (int64_t i = 1; i < lanes; ++i) now = std::max(now, high[i]);
        now = std::max(largest, now * factor);
        const float shrink = is_first ? 0 : std::exp2(largest - now);
        Half *weight = weights + r * block_keys;
        Lanes a{}, b{};
        for (int64_t j = 0; j < width; j += 2 * lanes) {
            const Lanes x = power_of_two(load(score + j) * factor - now);
            const Lanes y = power_of_two(load(score + j + lanes) * factor - now);
            a += x;
            b += y;
            store(weight + j, x);
            store(weight + j + lanes, y);
        }
        a += b;
        float sum = 0;
        for (int64_t i = 0; i < lanes; ++i) sum += a[i];
        total = total * shrink + sum;
        largest = now;
        if (!is_first && shrink != 1) {
            float *result = sums + r * depth;
            for (int64_t i = 0; i < depth; ++i) result[i] *= shrink;
        }
    }
};

}  // namespace

bool ctorch_has_bfloat16_attention(void) {
    return __builtin_cpu_supports("avx512bf16") && !__builtin_cpu_supports("amx-bf16");
}

int64_t ctorch_attention_blocks(CTorchTensor query) {
    const at::Tensor q = to_tensor(query);
    return q.size(0) * q.size(1) * ((q.size(2) + block_rows - 1) / block_rows);
}

CTorchError ctorch_attend(
    CTorchTensor query, CTorchTensor key, CTorchTensor value, double scale, CTorchTensor output,
    int64_t first, int64_t last)
{
    return guarded([&] {
        Attention(
            to_tensor(query), to_tensor(key), to_tensor(value), static_cast<float>(scale),
            to_tensor(output))
            .run(first, last);
    });
}

#else

bool ctorch_has_bfloat16_attention(void) { return false; }
int64_t ctorch_attention_blocks(CTorchTensor) { return 0; }

CTorchError ctorch_attend(
    CTorchTensor, CTorchTensor, CTorchTensor, double, CTorchTensor, int64_t, int64_t)
{
    return copy_message("there is no attention in bfloat16 for this processor");
}

#endif
