// What processors can do and the standard library has no word for.

import Synchronization

#if arch(x86_64) && canImport(_Builtin_intrinsics)
    import _Builtin_intrinsics.intel
#endif

extension SIMD8<Float> {
    /// √self; NaN for negative numbers. One instruction, where the standard library's compiles to a call for
    /// each lane, which keeps errno.
    @inline(__always)
    var plainRoot: Lanes {
        #if arch(x86_64) && canImport(_Builtin_intrinsics)
            return _mm256_sqrt_ps(self)
        #else
            return squareRoot()
        #endif
    }

    /// Writes past the caches, to an address that is a multiple of 16: memory that is written whole and read
    /// much later is not read in first, and displaces nothing. Whoever writes so calls
    /// `finishStreaming` before other threads may read.
    @inline(__always)
    func stream(to target: UnsafeMutablePointer<Float>) {
        #if arch(x86_64) && canImport(_Builtin_intrinsics)
            _mm_stream_ps(target, lowHalf)
            _mm_stream_ps(target + 4, highHalf)
        #else
            UnsafeMutableRawPointer(target).storeBytes(of: self, as: Lanes.self)
        #endif
    }
}

/// Makes what this thread wrote past the caches seen before what it writes from here on.
@inline(__always)
func finishStreaming() { atomicMemoryFence(ordering: .sequentiallyConsistent) }

/// Whether `count` floats that begin there are streamed: they can be, and are so many that they would not
/// stay in the caches until somebody reads them.
@inline(__always)
func isStreamed(_ target: UnsafeMutablePointer<Float>, count: Int) -> Bool {
    Int(bitPattern: target) % 16 == 0 && count > 1 << 20
}
