/// A set of N Gaussians as a structure of arrays, in the raw parameterisation that training uses.
///
/// Every array is row-major and contiguous. Raw means that any finite number is valid: a scale is
/// exp(`logScales`), an opacity is sigmoid(`opacityLogits`), a rotation is the normalised quaternion
/// (`Opacity`, `Scale` convert). Order does not matter to the picture.
public struct GaussianCloud: Equatable, Sendable {
    /// Colour of each Gaussian, display sRGB.
    public enum Colours: Equatable, Sendable {
        /// Spherical-harmonic coefficients [N, (degree+1)², 3], degree 0…3: the colour seen from
        /// direction d is max(0, 0.5 + Σ coefficient·basis(d)).
        case sh([Float], degree: Int)
        /// The colours themselves [N, 3].
        case display([Float])
    }

    /// Centres [N, 3], world space, metres.
    public var means: [Float]
    /// Natural logarithms of the standard deviations along the principal axes [N, 3], metres.
    public var logScales: [Float]
    /// Rotations of the principal axes [N, 4] in the order w, x, y, z; not necessarily of length 1.
    public var quaternions: [Float]
    /// Logits of the opacities [N].
    public var opacityLogits: [Float]
    /// Colours.
    public var colours: Colours
    /// Extra values blended like colours [N, `channelCount`]; empty where there are none.
    public var channels: [Float]
    /// The number of extra values of each Gaussian, at most 64.
    public var channelCount: Int
    /// Standard deviations [N] of the filter that every Gaussian is smoothed by in space, metres, so
    /// that none is finer than what any camera saw (Yu et al. 2024, "Mip-Splatting", eq. 8); empty
    /// where there is none. `smoothing(means:cameras:)` finds them.
    public var smoothing: [Float]

    /// A cloud of the given arrays; their counts must agree.
    public init(
        means: [Float], logScales: [Float], quaternions: [Float], opacityLogits: [Float],
        colours: Colours, channels: [Float] = [], channelCount: Int = 0, smoothing: [Float] = []
    ) {
        let count = opacityLogits.count
        precondition(
            means.count == 3 * count && logScales.count == 3 * count
                && quaternions.count == 4 * count && channels.count == channelCount * count
                && (smoothing.isEmpty || smoothing.count == count),
            "the arrays of a Gaussian cloud belong to equally many Gaussians")
        switch colours {
        case .sh(let values, let degree):
            precondition(
                (0...3).contains(degree) && values.count == 3 * (degree + 1) * (degree + 1) * count,
                "spherical harmonics are [N, (degree+1)², 3]")
        case .display(let values):
            precondition(values.count == 3 * count, "colours are [N, 3]")
        }
        self.means = means
        self.logScales = logScales
        self.quaternions = quaternions
        self.opacityLogits = opacityLogits
        self.colours = colours
        self.channels = channels
        self.channelCount = channelCount
        self.smoothing = smoothing
    }

    /// N, the number of Gaussians.
    public var count: Int { opacityLogits.count }

    /// Calls `body` with a view of the arrays that is valid during the call.
    public func withView<Result>(_ body: (GaussianCloudView) throws -> Result) rethrows -> Result {
        let values: [Float]
        var degree: Int?
        switch colours {
        case .sh(let coefficients, let shDegree): (values, degree) = (coefficients, shDegree)
        case .display(let colours): values = colours
        }
        return try means.withUnsafeBufferPointer { means in
            try logScales.withUnsafeBufferPointer { logScales in
                try quaternions.withUnsafeBufferPointer { quaternions in
                    try opacityLogits.withUnsafeBufferPointer { opacityLogits in
                        try values.withUnsafeBufferPointer { values in
                            try channels.withUnsafeBufferPointer { channels in
                                var view = GaussianCloudView(
                                    count: count, means: means.baseAddress,
                                    logScales: logScales.baseAddress,
                                    quaternions: quaternions.baseAddress,
                                    opacityLogits: opacityLogits.baseAddress,
                                    colours: values.baseAddress, shDegree: degree,
                                    channels: channels.baseAddress, channelCount: channelCount)
                                if smoothing.isEmpty { return try body(view) }
                                return try smoothing.withUnsafeBufferPointer { smoothing in
                                    view.smoothing = smoothing.baseAddress
                                    return try body(view)
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
