import Media
import Spatial
import Torch

/// Measures pairs of pictures one by one; what it keeps does not grow with their number, but for a few
/// figures a pair.
public struct PairEvaluation {
    public let metrics: [EvaluationMetric]
    public let frames: EvaluationProtocol
    /// What could not be measured, and why.
    public private(set) var notes: [String] = []

    private var lpips: [EvaluationMetric: LPIPS] = [:]
    private var inception: InceptionV3?
    private var predictedFeatures = FrechetDistance.Statistics()
    private var trueFeatures = FrechetDistance.Statistics()
    private var logits: [Tensor] = []
    private var flicker = Flicker()
    private var names: [String] = []
    private var values: [EvaluationMetric: [Double]] = [:]

    /// - Parameters:
    ///   - metrics: what to measure.
    ///   - protocol: which pixels count.
    ///   - weights: where the networks are.
    ///   - leavesOutMissing: metrics whose networks are missing are left out with a note, not an error.
    /// - Throws: `EvaluationError.weights`, and what reading the networks throws.
    public init(
        _ metrics: [EvaluationMetric], protocol frames: EvaluationProtocol, weights: MetricWeights,
        leavesOutMissing: Bool
    ) throws {
        self.frames = frames
        var kept: [EvaluationMetric] = []
        for metric in metrics {
            do {
                if let architecture = metric.architecture {
                    lpips[metric] = try weights.lpips(architecture)
                } else if metric == .fid || metric == .inceptionScore, inception == nil {
                    inception = try weights.inception()
                }
                kept.append(metric)
            } catch let error as EvaluationError where leavesOutMissing {
                notes.append(error.description)
            }
        }
        self.metrics = kept
    }

    /// Measures a pair.
    ///
    /// - Parameters:
    ///   - predicted: a picture as read: colour with or without alpha, a mask, depths or normals (as
    ///     colours, n = 2c − 1), by what the metrics compare.
    ///   - truth: its truth, of the same size.
    ///   - mask: one channel; nil is the alpha of `truth`, if it has any.
    ///   - name: of the predicted picture, for the report.
    /// - Throws: `EvaluationError.mismatch` where sizes differ.
    public mutating func add(
        _ predicted: Image, _ truth: Image, mask: Image? = nil, name: String
    ) throws {
        for (other, what) in [(truth, "its truth"), (mask ?? truth, "its mask")]
        where other.width != predicted.width || other.height != predicted.height {
            throw EvaluationError.mismatch(
                file: name, found: "\(predicted.width)×\(predicted.height) pixels",
                expected: "\(other.width)×\(other.height), as \(what) has,")
        }
        names.append(name)
        let mask = mask.map { $0.channels(0..<1) } ?? truth.alpha
        let isColour = metrics.contains { $0.subject == .colour }
        let views =
            isColour ? frames.views(predicted.flattened(), truth.flattened(), mask: mask) : nil
        for metric in metrics where !metric.isOfSet {
            let value = noGrad { self.value(metric, predicted, truth, mask, views) }
            values[metric, default: []].append(value)
        }
        guard let views else { return }
        if metrics.contains(.flicker) {
            let (size, last) = (views.pixels.truth.pixelCount, flicker.pixelCount)
            if last == nil || last == size {
                flicker.add(views.pixels.predicted, views.pixels.truth)
            }
        }
        if let inception {
            noGrad {
                let output = inception(Tensor(batchOf: views.patches.predicted))
                predictedFeatures.add(output.features)
                logits.append(output.logits)
                if metrics.contains(.fid) {
                    trueFeatures.add(inception(Tensor(batchOf: views.patches.truth)).features)
                }
            }
        }
    }

    private func value(
        _ metric: EvaluationMetric, _ predicted: Image, _ truth: Image, _ mask: Image?,
        _ views: EvaluationProtocol.Views?
    ) -> Double {
        let first = { (image: Image) in image.channels(0..<1) }
        func depth(_ isAligned: Bool) -> DepthError {
            DepthError(first(predicted), first(truth), mask: mask, isAligned: isAligned)
        }
        switch metric {
        case .iou: return MaskOverlap.evaluate(Self.mask(predicted), Self.mask(truth))
        case .absRel: return depth(false).absoluteRelative
        case .rmse: return depth(false).rootMeanSquare
        case .absRelAligned: return depth(true).absoluteRelative
        case .rmseAligned: return depth(true).rootMeanSquare
        case .normals:
            return NormalError.evaluate(Self.normals(predicted), Self.normals(truth), mask: mask)
        case .fid, .inceptionScore, .flicker: return .nan
        case .psnr, .ssim, .msssim, .lpips, .lpipsVGG, .lpipsSqueeze:
            guard let (predicted, truth, mask) = views?.pixels, let patches = views?.patches else {
                return .nan
            }
            switch metric {
            case .psnr: return PSNR.evaluate(predicted, truth, mask: mask)
            case .ssim: return SSIM.evaluate(predicted, truth, mask: mask)
            case .msssim: return MSSSIM.evaluate(patches.predicted, patches.truth)
            default:
                // Below 32 pixels nothing is left at the networks' ends.
                guard min(patches.truth.width, patches.truth.height) >= 32 else { return .nan }
                return lpips[metric]?.evaluate(patches.predicted, patches.truth) ?? .nan
            }
        }
    }

    /// What a picture says of a person's place: its alpha, or its first channel.
    private static func mask(_ image: Image) -> Image { image.alpha ?? image.channels(0..<1) }

    private static func normals(_ image: Image) -> Image {
        var normals = image.flattened(over: Vector3(repeating: 0.5))
        for i in normals.samples.indices { normals.samples[i] = normals.samples[i] * 2 - 1 }
        return normals
    }

    /// The figures of all pairs so far.
    public func report() -> EvaluationReport {
        var results: [EvaluationReport.Result] = []
        for metric in metrics {
            let each = values[metric] ?? []
            let value: Double
            switch metric {
            case .fid: value = FrechetDistance.evaluate(predictedFeatures, trueFeatures)
            case .inceptionScore:
                value = logits.isEmpty ? .nan : InceptionScore.evaluate(Tensor.cat(logits)).mean
            case .flicker: value = flicker.value
            default:
                let finite = each.filter { !$0.isNaN }
                value = finite.reduce(0, +) / Double(finite.count)
            }
            results.append(.init(metric: metric, value: value, each: metric.isOfSet ? [] : each))
        }
        return EvaluationReport(
            frames: frames, names: names, results: results, notes: notes)
    }
}
