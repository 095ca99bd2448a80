import Rigs
import Spatial

extension ClothPiece {
    /// Writes the posed vertices, as `WrinkleField` says.
    func pose(_ state: WrinkleField.State, into positions: UnsafeMutablePointer<Vector3>) {
        nonisolated(unsafe) let target = positions
        parallelFor(rest.count, grain: 2048) { range, _ in
            for i in range {
                let vertex = wrinkles[i]
                let blend = skin.blend(state.transforms, at: i)
                var place = blend * (rest[i] + normals[i] * state.displacement(vertex))
                if vertex.sag > 0 {
                    let normal = (blend.linear * normals[i]).normalized
                    place.y -= vertex.sag * state.levels[vertex.limb] * max(0, -normal.y)
                }
                target[i] = place
            }
        }
    }
}
