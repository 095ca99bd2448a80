/// A three-component vector or point in single precision. Metres unless a name says otherwise.
public typealias Vector3 = SIMD3<Float>

/// A two-component vector or point in single precision. Pixels unless a name says otherwise.
public typealias Vector2 = SIMD2<Float>

/// The scalar product Σ aᵢ·bᵢ.
@inlinable
public func dot<V: SIMD>(_ a: V, _ b: V) -> V.Scalar where V.Scalar: FloatingPoint {
    (a * b).sum()
}

/// The vector product a × b: right-handed, perpendicular to both, of length |a|·|b|·sin of the angle.
@inlinable
public func cross<S: FloatingPoint & SIMDScalar>(_ a: SIMD3<S>, _ b: SIMD3<S>) -> SIMD3<S> {
    let yzx = SIMD3<S>(a.y * b.z, a.z * b.x, a.x * b.y)
    let zxy = SIMD3<S>(a.z * b.y, a.x * b.z, a.y * b.x)
    return yzx - zxy
}

extension SIMD where Scalar: FloatingPoint {
    /// The squared Euclidean length Σ vᵢ².
    @inlinable public var lengthSquared: Scalar { (self * self).sum() }

    /// The Euclidean length √(Σ vᵢ²).
    @inlinable public var length: Scalar { lengthSquared.squareRoot() }

    /// The vector of length 1 in the same direction; the vector itself if its length is zero or
    /// not finite.
    @inlinable @inline(__always) public var normalized: Self {
        let length = self.length
        return length > 0 && length.isFinite ? self / length : self
    }
}
