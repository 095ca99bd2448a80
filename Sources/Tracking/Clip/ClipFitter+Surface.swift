import Rigs
import Spatial
import Splatting
import Torch

extension ClipFitter {
    /// Goes over all that the frames show of the skin: what lies behind other parts of the body, by
    /// the depth of the rig itself, is not seen.
    ///
    /// - Parameter body: Gets the frame, the vertex's place among the skin's, and the pixel of the
    ///   small pictures that it falls on.
    func forEachVisible(
        _ motion: ClipMotion, identity: ClipIdentity, width: Int, height: Int,
        _ body: (_ frame: Int, _ vertex: Int, _ pixel: Int) -> Void
    ) {
        let focal = identity.focal * Float(width) / Float(camera.width)
        let small = Camera(
            intrinsics: Intrinsics(
                fx: focal, fy: focal, cx: Float(width) / 2, cy: Float(height) / 2),
            width: width, height: height, viewMatrix: camera.viewMatrix)
        let rig = model.anny.shaped(identity.shape(model))
        var workspace = PoseWorkspace(for: rig)
        let rasteriser = MeshRasteriser()
        var frame = MeshFrame()
        for t in 0..<motion.count {
            rig.pose(
                motion.pose(t, model: model), expression: motion.expression(t), into: &workspace)
            rasteriser.render(
                positions: workspace.vertices, faces: model.anny.mesh.faces, camera: small,
                into: &frame)
            for (k, vertex) in model.skinVertices.enumerated() {
                let (pixel, depth) = small.project(workspace.vertices[vertex])
                guard pixel.x >= 1, pixel.y >= 1, pixel.x < Float(width - 1),
                    pixel.y < Float(height - 1)
                else { continue }
                let i = Int(pixel.y) * width + Int(pixel.x)
                guard frame.triangles[i] >= 0, depth < frame.depth[i] + 0.02 else { continue }
                body(t, k, i)
            }
        }
    }

    /// Which of the skin's vertices each frame shows, 1 or 0 [T, N].
    func visibility(_ unknowns: Unknowns, _ targets: ClipTargets) -> Tensor {
        let (motion, count) = (unknowns.motion, model.skinVertices.count)
        var visible = [Float](repeating: 0, count: motion.count * count)
        forEachVisible(
            motion, identity: unknowns.identity, width: targets.pictures.size(3),
            height: targets.pictures.size(2)
        ) { t, k, _ in visible[t * count + k] = 1 }
        return Tensor(visible, shape: [motion.count, count])
    }

    /// How far the skin that is seen is from the measured surface along the optical axis: the mean over
    /// a frame's vertices of Geman and McClure's e²/(e² + scale²), summed over frames. What is not the
    /// rig's, as hair or the wall behind, does not pull.
    ///
    /// - Parameters:
    ///   - skin: Vertices [T, N, 3], and their pixels [T, N, 2], which pass no gradient.
    ///   - surfaces: Depth in metres and whether it is known [T, 2, h, w].
    ///   - visible: Whether a frame shows a vertex [T, N].
    ///   - scale: Metres.
    func distance(
        _ skin: Tensor, at pixels: Tensor, from surfaces: Tensor, visible: Tensor, scale: Double
    ) -> Tensor {
        let (measured, seen) = measured(surfaces, at: pixels, visible: visible)
        let error = (-skin.select(2, 2) - measured).squared()
        let share = error / (error + scale * scale)
        // A few cells are not a surface.
        return ((share * seen).sum(1) / seen.sum(1).clamped(min: 20)).sum()
    }

    /// Measured depth at pixels [T, N], metres, and whether it is known and the frame shows the vertex
    /// there [T, N].
    private func measured(_ surfaces: Tensor, at pixels: Tensor, visible: Tensor) -> (
        Tensor, Tensor
    ) {
        noGrad {
            let size = Tensor([Float(camera.width), Float(camera.height)])
            let grid = (pixels.detached() / size * 2 - 1).unsqueezed(1)
            let sampled = surfaces.gridSampled(grid, border: .zeros).squeezed(2)
            let known = sampled.select(1, 1)
            return (
                sampled.select(1, 0) / known.clamped(min: 0.5),
                (known .> 0.5).converted(to: .float32) * visible
            )
        }
    }

    /// By which factor the person is farther away than the rig: the median over what is seen of the
    /// skin; nil where hardly any depth was measured.
    func distanceRatio(_ unknowns: Unknowns, _ targets: ClipTargets) -> Float? {
        guard let surfaces = targets.surfaces else { return nil }
        return noGrad {
            let skin = posed(unknowns).vertices.indexSelect(1, model.skinRows)
            let pixels = project(skin, focal: unknowns.focal)
            let (depths, seen) = measured(
                surfaces, at: pixels, visible: visibility(unknowns, targets))
            let ratios = zip((depths / -skin.select(2, 2)).array(), seen.array())
                .filter { $1 > 0 }.map { $0.0 }.sorted()
            return ratios.count > 20 ? ratios[ratios.count / 2] : nil
        }
    }
}
