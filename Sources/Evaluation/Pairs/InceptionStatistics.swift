import Spatial
import Torch

/// What Inception sees in the pictures of both sides, added up for FID, rFID and the Inception score.
struct InceptionStatistics {
    private let network: InceptionV3
    private let metrics: Set<EvaluationMetric>
    private var plain = (FrechetDistance.Statistics(), FrechetDistance.Statistics())
    private var clean = (FrechetDistance.Statistics(), FrechetDistance.Statistics())
    private var logits: [Tensor] = []

    /// - Parameter metrics: those that are wanted.
    init(_ network: InceptionV3, for metrics: [EvaluationMetric]) {
        (self.network, self.metrics) = (network, Set(metrics))
    }

    mutating func add(_ predicted: Image, _ truth: Image) {
        noGrad {
            let (a, b) = (Tensor(batchOf: predicted), Tensor(batchOf: truth))
            let isPaired = !metrics.isDisjoint(with: [.fid, .rfid])
            if isPaired || metrics.contains(.inceptionScore) {
                let output = network(a)
                if metrics.contains(.inceptionScore) { logits.append(output.logits) }
                if isPaired {
                    plain.0.add(output.features)
                    plain.1.add(network(b).features)
                }
            }
            if metrics.contains(.cleanFID) {
                clean.0.add(network(a, resizing: .clean).features)
                clean.1.add(network(b, resizing: .clean).features)
            }
        }
    }

    /// A figure of all pictures so far; NaN where there are too few.
    func value(of metric: EvaluationMetric) -> Double {
        switch metric {
        case .fid, .rfid: FrechetDistance.evaluate(plain.0, plain.1)
        case .cleanFID: FrechetDistance.evaluate(clean.0, clean.1)
        default: logits.isEmpty ? .nan : InceptionScore.evaluate(Tensor.cat(logits)).mean
        }
    }
}
