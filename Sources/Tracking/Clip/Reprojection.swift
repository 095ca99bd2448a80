import Torch

/// How far the rig's landmarks are from those seen: mean distances in shares of the person's box, each
/// frame counting the same, as `FitGauge` tells them; 0 where there are none.
struct Reprojection {
    let face: Float
    let body: Float
    let hands: Float

    /// - Parameters: What landmarks are off by, in pixels [T, 468, 2], [T, 18, 2], [T, 42, 2].
    init(face: Tensor, body: Tensor, hands: Tensor, _ targets: ClipTargets) {
        func mean(_ gaps: Tensor, _ seen: Tensor) -> Float {
            let counts = seen.sum(1)
            let sums = (gaps.detached().squared().sum(2).sqrt() / targets.side * seen).sum(1)
            let frames = (counts .> 0).converted(to: .float32).sum().item()
            return (sums / counts.clamped(min: 1)).sum().item() / max(1, frames)
        }
        self.face = mean(face, targets.seen.face)
        self.body = mean(body, targets.seen.body)
        self.hands = mean(hands, targets.seen.hands)
    }

    /// By which factor it is worse than another one of the same frames, in the worst of its parts.
    func ratio(to other: Reprojection) -> Float {
        zip([face, body, hands], [other.face, other.body, other.hands])
            .map { $1 > 0 ? $0 / $1 : 1 }.max() ?? 1
    }
}
