import Media
import Spatial
import Torch

/// Measures pairs of pictures one by one; what it keeps does not grow with their number, but for a few
/// figures a pair, and a thousand where persons are ranked.
public struct PairEvaluation {
    public let metrics: [EvaluationMetric]
    public let frames: EvaluationProtocol
    /// What could not be measured, and why.
    public private(set) var notes: [String] = []

    private var lpips: [EvaluationMetric: LPIPS] = [:]
    private var clip: CLIPScore?
    private var faces: (any FaceReader)?
    private var inception: InceptionStatistics?
    private var identity: IdentityReader?
    /// The features of each pair's faces; nil where one has none.
    private var identities: [(predicted: [Float], truth: [Float])?] = []
    private var distractors: [[Float]] = []
    private var flicker = Flicker()
    private var names: [String] = []
    private var values: [EvaluationMetric: [Double]] = [:]

    /// - Parameters:
    ///   - metrics: what to measure; nil is what the protocol has of colours.
    ///   - protocol: which pixels count, and by whose formulas.
    ///   - weights: where the networks are.
    ///   - leavesOutMissing: metrics whose networks are missing are left out with a note, not an error.
    ///   - makeFaceReader: called once if a metric needs faces; what it throws counts as a missing network.
    /// - Throws: `EvaluationError.weights`, and what reading the networks throws.
    public init(
        _ metrics: [EvaluationMetric]? = nil, protocol frames: EvaluationProtocol,
        weights: MetricWeights, leavesOutMissing: Bool,
        makeFaceReader: () throws -> any FaceReader = {
            throw EvaluationError.weights(
                metric: "What compares faces", file: "a face tracker", folder: "this call",
                source: "the module Tracking", licence: "Apache-2.0")
        }
    ) throws {
        try self.init(
            metrics, protocol: frames, weights: weights, leavesOutMissing: leavesOutMissing,
            makeFaceReader: makeFaceReader,
            makeIdentityReader: { IdentityReader(try weights.faceNet()) })
    }

    init(
        _ metrics: [EvaluationMetric]?, protocol frames: EvaluationProtocol,
        weights: MetricWeights, leavesOutMissing: Bool, makeFaceReader: () throws -> any FaceReader,
        makeIdentityReader: () throws -> IdentityReader
    ) throws {
        self.frames = frames
        var kept: [EvaluationMetric] = []
        var network: InceptionV3?
        for metric in metrics ?? frames.metrics(of: .colour) {
            do {
                if let architecture = metric.architecture {
                    lpips[metric] = try weights.lpips(architecture)
                } else if metric.isOfInception, network == nil {
                    network = try weights.inception()
                } else if metric == .clip {
                    clip = CLIPScore(try weights.clip())
                } else if metric.needsFace {
                    if metric.needsIdentity, identity == nil {
                        identity = try makeIdentityReader()
                    }
                    do { faces = try faces ?? makeFaceReader() } catch let error as any InputError {
                        guard leavesOutMissing else { throw error }
                        notes.append("\(metric.title): \(error.description)")
                        continue
                    }
                }
                kept.append(metric)
            } catch let error as EvaluationError where leavesOutMissing {
                if notes.last != error.description { notes.append(error.description) }
            }
        }
        self.metrics = kept
        inception = network.map { InceptionStatistics($0, for: kept) }
    }

    /// Measures a pair.
    ///
    /// - Parameters:
    ///   - predicted: a picture as read: colour with or without alpha, a mask, depths or normals (as
    ///     colours, n = 2c − 1), by what the metrics compare.
    ///   - truth: its truth, of the same size.
    ///   - mask: one channel; nil is the alpha of `truth`, if it has any.
    ///   - caption: what is to be seen, for the CLIP score.
    ///   - name: of the predicted picture, for the report.
    /// - Throws: `EvaluationError.mismatch` where sizes differ; what reading faces and captions throws.
    public mutating func add(
        _ predicted: Image, _ truth: Image, mask: Image? = nil, caption: String? = nil,
        name: String
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
        let faces = try views.flatMap { try self.faces(in: $0) }
        if let identity, let views {
            identities.append(
                faces.map {
                    (
                        identity.features(of: $0.predicted, in: views.pixels.predicted),
                        identity.features(of: $0.truth, in: views.pixels.truth)
                    )
                })
        }
        for metric in metrics where !metric.isOfSet {
            let value: Double
            if metric == .identity {
                value = Self.cosine(identities.last ?? nil)
            } else if metric == .identityRank {
                // Comes when all are there.
                value = .nan
            } else if metric.needsFace {
                value = faces.map { Self.value(metric, $0.predicted, $0.truth) } ?? .nan
            } else if metric == .clip {
                value = try noGrad {
                    guard let clip, let caption, let views else { return .nan }
                    return try clip.evaluate(views.patches.predicted, caption: caption)
                }
            } else {
                value = noGrad { self.value(metric, predicted, truth, mask, views) }
            }
            values[metric, default: []].append(value)
        }
        guard let views else { return }
        if metrics.contains(.flicker) {
            let (size, last) = (views.pixels.truth.pixelCount, flicker.pixelCount)
            if last == nil || last == size {
                flicker.add(views.pixels.predicted, views.pixels.truth)
            }
        }
        inception?.add(views.patches.predicted, views.patches.truth)
    }

    /// The cosine of the angle between two faces' features, which are of length 1; NaN without faces.
    private static func cosine(_ features: (predicted: [Float], truth: [Float])?) -> Double {
        features.map { Double(zip($0.predicted, $0.truth).map(*).reduce(0, +)) } ?? .nan
    }

    /// Adds somebody else to those among whom `EvaluationMetric.identityRank` looks for each person.
    ///
    /// - Returns: Whether a face was found.
    /// - Throws: What reading faces throws.
    public mutating func addDistractor(_ image: Image) throws -> Bool {
        let image = image.flattened()
        guard let identity, let face = try faces?.face(of: image) else { return false }
        distractors.append(identity.features(of: face, in: image))
        return true
    }

    /// The rank of each pair's true face by likeness to the predicted one, among all true faces and the
    /// distractors; NaN where a face is missing.
    private func identityRanks() -> [Double] {
        let found = identities.compactMap { $0 }
        guard !found.isEmpty else { return identities.map { _ in .nan } }
        func table(_ rows: [[Float]]) -> Tensor {
            Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
        }
        var ranks = IdentityRank.evaluate(
            table(found.map(\.predicted)), table(found.map(\.truth) + distractors))[...]
        return identities.map { $0 == nil ? .nan : Double(ranks.removeFirst()) }
    }

    /// The faces of both pictures, if both have one.
    private func faces(
        in views: EvaluationProtocol.Views
    ) throws -> (predicted: FaceReading, truth: FaceReading)? {
        guard let faces, let truth = try faces.face(of: views.pixels.truth),
            let predicted = try faces.face(of: views.pixels.predicted)
        else { return nil }
        return (predicted, truth)
    }

    private static func value(
        _ metric: EvaluationMetric, _ predicted: FaceReading, _ truth: FaceReading
    ) -> Double {
        switch metric {
        case .landmarks: LandmarkError(predicted, truth).pixels
        case .landmarksOfBox: LandmarkError(predicted, truth).percentOfBox
        case .landmarksOfEyes: LandmarkError(predicted, truth).percentOfEyes
        case .headPose: ExpressionError(predicted, truth).degrees
        default: ExpressionError(predicted, truth).coefficients
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
        case .iou:
            return MaskOverlap.evaluate(Self.mask(predicted), mask ?? Self.mask(truth))
        case .absRel: return depth(false).absoluteRelative
        case .rmse: return depth(false).rootMeanSquare
        case .absRelAligned: return depth(true).absoluteRelative
        case .rmseAligned: return depth(true).rootMeanSquare
        case .normals:
            return NormalError.evaluate(Self.normals(predicted), Self.normals(truth), mask: mask)
        default: break
        }
        guard let (predicted, truth, mask) = views?.pixels, let patches = views?.patches else {
            return .nan
        }
        switch metric {
        case .psnr: return PSNR.evaluate(predicted, truth, mask: mask)
        case .ssim:
            return SSIM.evaluate(predicted, truth, mask: mask, variant: frames.similarity)
        case .msssim: return MSSSIM.evaluate(patches.predicted, patches.truth)
        default:
            // Below 32 pixels nothing is left at the networks' ends.
            guard min(patches.truth.width, patches.truth.height) >= 32 else { return .nan }
            return lpips[metric]?.evaluate(patches.predicted, patches.truth) ?? .nan
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
        var notes = notes
        let results = metrics.map { metric -> EvaluationReport.Result in
            let each = metric == .identityRank ? identityRanks() : values[metric] ?? []
            let finite = each.filter { !$0.isNaN }
            let value: Double
            switch metric {
            case .fid, .rfid, .cleanFID, .inceptionScore:
                value = inception?.value(of: metric) ?? .nan
            case .flicker: value = flicker.value
            case .clip: value = CLIPScore.mean(finite)
            default: value = finite.reduce(0, +) / Double(finite.count)
            }
            if !metric.isOfSet, finite.count < each.count {
                notes.append(
                    "\(metric.title) has no value for \(each.count - finite.count) of \(each.count) "
                        + "pictures.")
            }
            return .init(metric: metric, value: value, each: metric.isOfSet ? [] : each)
        }
        if let remark = frames.remark { notes.append(remark) }
        return EvaluationReport(frames: frames, names: names, results: results, notes: notes)
    }
}
