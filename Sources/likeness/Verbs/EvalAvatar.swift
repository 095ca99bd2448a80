import Avatars
import Captures
import Evaluation
import Foundation
import Media
import Rigs
import Spatial

extension Eval.Pairs {
    /// Draws the avatar as the capture's cameras saw the person, in the pose and with the expression that
    /// was tracked, and measures it against what they saw.
    func measureAvatar() async throws -> (EvaluationReport, EvaluationSheet) {
        let avatar = try Avatar(contentsOf: URL(fileURLWithPath: predicted))
        let capture = try await Capture(contentsOf: URL(fileURLWithPath: truth))
        let chosenViews = try self.chosenViews(of: capture, bones: avatar.rig.skeleton.count)
        let hasMasks = chosenViews.allSatisfy { capture.hasPicture(.mask, of: $0.view) }
        let frames = frames ?? (hasMasks ? .persona : .full)
        guard hasMasks || !frames.needsMask else {
            throw EvaluationError.mismatch(
                file: truth, found: "no mask for some views",
                expected: "one for each, as the protocol \(frames.rawValue) has it,")
        }
        let metrics = frames.metrics(of: .colour) + (hasMasks ? [.iou] : [])
        var evaluation = try evaluation(try chosen() ?? metrics, frames)
        try addDistractors(to: &evaluation)

        let player = AvatarPlayer(avatar)
        let pictures = CapturePictures(capture)
        await pictures.prefetch(
            chosenViews.map(\.view), kinds: hasMasks ? [.colour, .mask] : [.colour])
        var sheet = EvaluationSheet(count: chosenViews.count)
        let progress = ProgressBar(isQuiet: common.quiet)
        progress.begin("measuring", steps: chosenViews.count)
        for (i, chosen) in chosenViews.enumerated() {
            let view = capture.views[chosen.view]
            let (frame, camera) = (capture.frames[view.frame], capture.cameras[view.cameraIndex])
            let name =
                capture.cameras.count > 1 ? "\(camera.name)/\(frame.name)" : frame.name
            guard let seen = try await pictures.picture(.colour, of: chosen.view) else { continue }
            let mask = try await pictures.picture(.mask, of: chosen.view)
            player.pose(chosen.pose, expression: chosen.expression)
            let drawn = player.render(camera: view.camera, background: .zero).cutout
            // Without the room behind the person.
            let cut = mask.map { frames.cutsHard ? $0.mapped { $0 > 0.5 ? 1 : 0 } : $0 }
            let truth = cut.map(seen.withAlpha) ?? seen
            try evaluation.add(drawn, truth, mask: mask, caption: frame.caption, name: name)
            sheet.add(drawn, truth, index: i)
            progress.advance(to: i + 1, note: name)
        }
        progress.end()
        return (evaluation.report(), sheet)
    }

    private struct ChosenView {
        let view: Int
        let pose: Pose
        let expression: FaceExpression
    }

    /// The views of the part that was asked for whose frames have a track.
    private func chosenViews(of capture: Capture, bones: Int) throws -> [ChosenView] {
        let all = capture.views(for: views)
        guard !all.isEmpty else {
            throw EvaluationError.empty(
                path: truth,
                expected: "a view for \(views.rawValue) (\(capture.splitRule)), or another --views,"
            )
        }
        guard let tracks = capture.tracks, tracks.rig == "anny" else {
            throw EvaluationError.mismatch(
                file: truth,
                found: capture.tracks.map { "tracks of the rig \($0.rig)" } ?? "no tracks",
                expected: "the poses of Anny that likeness track writes")
        }
        let chosen = try all.compactMap { view in
            try tracks.anny(at: capture.views[view].frame).map {
                ChosenView(view: view, pose: $0.pose, expression: $0.expression)
            }
        }
        guard let first = chosen.first else {
            throw EvaluationError.empty(
                path: truth, expected: "a track of a view for \(views.rawValue)")
        }
        guard first.pose.rotations.count == bones else {
            throw EvaluationError.mismatch(
                file: truth, found: "poses of \(first.pose.rotations.count) bones",
                expected: "the \(bones) of \(predicted)")
        }
        if chosen.count < all.count {
            Console.note("\(all.count - chosen.count) of \(all.count) views have no track.")
        }
        return chosen
    }
}
