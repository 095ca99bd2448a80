import Foundation
import Testing

@testable import Spatial

@Suite struct TransformTests {
    private func entries(_ m: Matrix3) -> [[Double]] {
        (0..<3).map { row in (0..<3).map { Double(m[row, $0]) } }
    }

    @Test func matricesMultiplyRowByColumn() {
        var random = SplitMix(seed: 1)
        for _ in 0..<50 {
            let (a, b) = (
                Matrix3(rows: random.vector(), random.vector(), random.vector()),
                Matrix3(rows: random.vector(), random.vector(), random.vector())
            )
            let v = random.vector()
            let (x, y) = (entries(a), entries(b))
            for row in 0..<3 {
                for column in 0..<3 {
                    let sum = (0..<3).reduce(0) { $0 + x[row][$1] * y[$1][column] }
                    #expect(abs(Double((a * b)[row, column]) - sum) < 1e-6)
                    #expect(a.transposed[row, column] == a[column, row])
                    #expect((a + b)[row, column] == a[row, column] + b[row, column])
                    #expect((a * 2)[row, column] == 2 * a[row, column])
                }
                let sum = (0..<3).reduce(0) { $0 + x[row][$1] * Double(v[$1]) }
                #expect(abs(Double((a * v)[row]) - sum) < 1e-6)
            }
        }
    }

    @Test func rowsAndColumnsAreWhatTheySay() {
        let (x, y, z) = (Vector3(1, 2, 3), Vector3(4, 5, 6), Vector3(7, 8, 10))
        let (rows, columns) = (Matrix3(rows: x, y, z), Matrix3(columns: x, y, z))
        #expect(rows[0, 2] == 3 && rows[2, 0] == 7)
        #expect(columns[0, 2] == 7 && columns[2, 0] == 3)
        #expect(rows.transposed == columns)
        var changed = rows
        changed[1, 2] = 60
        #expect(changed.columns.z.y == 60)
        #expect(Matrix3(diagonal: x) * y == x * y)
        // By the rule of Sarrus.
        #expect(rows.determinant == 50 + 84 + 96 - 105 - 48 - 80)
    }

    @Test func inversesUndo() throws {
        var random = SplitMix(seed: 2)
        for _ in 0..<50 {
            let matrix =
                Matrix3(rows: random.vector(), random.vector(), random.vector())
                + Matrix3(diagonal: Vector3(repeating: 2))
            let inverse = try #require(matrix.inverse)
            let product = matrix * inverse
            for row in 0..<3 {
                for column in 0..<3 {
                    #expect(abs(product[row, column] - (row == column ? 1 : 0)) < 1e-4)
                }
            }
        }
        #expect(Matrix3(diagonal: Vector3(1, 0, 1)).inverse == nil)
        #expect(Matrix3(diagonal: Vector3(1, .infinity, 1)).inverse == nil)
        #expect(Matrix3(diagonal: Vector3(1, .nan, 1)).inverse == nil)
    }

    @Test func transformsComposeAndInvert() throws {
        var random = SplitMix(seed: 3)
        for _ in 0..<30 {
            let a = AffineTransform(
                linear: random.rotation().matrix, translation: random.vector(-5...5))
            let b = AffineTransform(
                linear: Matrix3(rows: random.vector(), random.vector(), random.vector())
                    + Matrix3(diagonal: Vector3(repeating: 2)),
                translation: random.vector(-5...5))
            let p = random.vector(-3...3)
            #expect(((a * b) * p - a * (b * p)).length < 2e-5)
            #expect((a.rigidInverse * (a * p) - p).length < 1e-5)
            #expect((try #require(b.inverse) * (b * p) - p).length < 1e-4)
            #expect(AffineTransform(rowMajor: b.rowMajor) == b)
            #expect(b.rowMajor[3] == b.translation.x && b.rowMajor.suffix(4) == [0, 0, 0, 1])
        }
        #expect(AffineTransform(linear: Matrix3(diagonal: .zero)).inverse == nil)
    }

    @Test func quaternionsTurnAsTheirMatrices() {
        var random = SplitMix(seed: 4)
        for _ in 0..<50 {
            let (a, b) = (random.rotation(), random.rotation())
            let v = random.vector()
            #expect(((a * b).matrix * v - a.matrix * (b.matrix * v)).length < 1e-5)
            #expect(((a.conjugate * a).matrix * v - v).length < 1e-5)
            let same = Quaternion(a.matrix)
            #expect(same.w >= 0 && abs(abs(dot(same.components, a.components)) - 1) < 1e-5)
            // Half way there, twice.
            let half = Quaternion.slerp(.identity, a, 0.5)
            #expect(((half * half).matrix * v - a.matrix * v).length < 1e-4)
            #expect((Quaternion.slerp(a, b, 0).matrix * v - a.matrix * v).length < 1e-5)
            #expect((Quaternion.slerp(a, b, 1).matrix * v - b.matrix * v).length < 1e-5)
        }
        // A quarter turn about z takes x to y.
        let quarter = Quaternion(angle: .pi / 2, axis: Vector3(0, 0, 1))
        #expect((quarter.matrix * Vector3(1, 0, 0) - Vector3(0, 1, 0)).length < 1e-6)
        // Nothing is divided by zero where there is nothing to turn.
        #expect(Quaternion(axisAngle: .zero) == .identity)
        #expect(Quaternion(components: .zero).normalized.components == .zero)
    }

    @Test func crossAndDotAreRightHanded() {
        #expect(cross(Vector3(1, 0, 0), Vector3(0, 1, 0)) == Vector3(0, 0, 1))
        #expect(dot(Vector3(1, 2, 3), Vector3(4, 5, 6)) == 32)
        #expect(Vector3(3, 4, 0).length == 5)
        #expect(Vector3.zero.normalized == .zero)
    }

    @Test func normalsPointOutwards() {
        // A tetrahedron, counter-clockwise from outside.
        let mesh = TriangleMesh(
            positions: [.zero, Vector3(1, 0, 0), Vector3(0, 1, 0), Vector3(0, 0, 1), .zero],
            faces: [
                SIMD3(0, 2, 1), SIMD3(0, 1, 3), SIMD3(0, 3, 2), SIMD3(1, 2, 3),
            ])
        let normals = mesh.vertexNormals()
        let centre = Vector3(repeating: 0.25)
        for vertex in 0..<4 {
            #expect(abs(normals[vertex].length - 1) < 1e-6)
            #expect(dot(normals[vertex], mesh.positions[vertex] - centre) > 0)
        }
        #expect(normals[4] == .zero, "a vertex without faces")
    }
}
