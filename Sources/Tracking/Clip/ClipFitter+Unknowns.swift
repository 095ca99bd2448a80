import Rigs
import Torch

extension ClipFitter {
    /// What is optimised.
    final class Unknowns {
        var turns: Tensor
        var translations: Tensor
        var expressions: Tensor
        var phenotypes: Tensor
        var changes: Tensor
        var offsets: Tensor
        /// The focal length in pixels, which is looked for apart: see `ClipFitter.lens`.
        let focal: Float
        /// The body at rest, where the shape does not change.
        var rest: DifferentiableAnny.Rest?

        init(motion: ClipMotion, identity: ClipIdentity, bones: Int, wantsShape: Bool) {
            let frames = motion.count
            turns = Tensor(motion.turns, shape: [frames, bones, 3]).requiringGrad()
            translations = Tensor(motion.translations, shape: [frames, 3]).requiringGrad()
            expressions = Tensor(motion.expressions, shape: [frames, FaceUnit.count])
                .requiringGrad()
            phenotypes = Tensor(identity.phenotypes).requiringGrad(wantsShape)
            changes = Tensor(identity.changes).requiringGrad(wantsShape)
            offsets = Tensor(identity.offsets, shape: [identity.offsets.count / 3, 3])
                .requiringGrad(wantsShape)
            focal = identity.focal
        }

        var motion: ClipMotion {
            ClipMotion(
                turns: turns.array(), translations: translations.array(),
                expressions: expressions.array())
        }

        var identity: ClipIdentity {
            ClipIdentity(
                phenotypes: phenotypes.array(), changes: changes.array(), offsets: offsets.array(),
                focal: focal)
        }
    }

    /// What is found anew every few steps, and passes no gradient.
    struct Matches {
        /// The skin's vertex nearest to each point of the masks' outlines [T, K].
        var nearest: Tensor
        /// Which of the skin's vertices each frame shows [T, N]; only where depth is known.
        var visible: Tensor?
    }

    /// The frames before a window, which are not changed any more: what it has to join on to.
    struct Before {
        /// The moving joints of two frames [2, M, 3].
        var joints: Tensor
        var expressions: Tensor
    }
}
