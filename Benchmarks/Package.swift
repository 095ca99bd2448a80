// swift-tools-version: 6.1
import PackageDescription

// Apart from the main package, which so stays free of what only measurements need.
let package = Package(
    name: "Benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "Likeness", path: ".."),
        // Without jemalloc, which is its only trait: allocations are not what is measured.
        .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "Rasteriser",
            dependencies: [
                .product(name: "Splatting", package: "Likeness"),
                .product(name: "Benchmark", package: "benchmark"),
            ], path: "Benchmarks/Rasteriser",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")])
    ]
)
