import Torch

/// The convolutions of a network that was trained to classify, cut into the slices whose ends are
/// compared by `LPIPS`. Parameters are named as torchvision names them ("features.0.weight").
public final class ClassifierFeatures: Module {
    /// The networks that LPIPS is defined on.
    public enum Architecture: String, CaseIterable, Sendable {
        case alexnet = "alex"
        case vgg16 = "vgg"
        case squeezenet = "squeeze"

        /// The numbers of channels at the ends of the slices.
        public var channels: [Int] {
            switch self {
            case .alexnet: [64, 192, 384, 256, 256]
            case .vgg16: [64, 128, 256, 512, 512]
            case .squeezenet: [64, 128, 256, 384, 384, 512, 512]
            }
        }

        /// The last layer of each slice.
        var ends: [Int] {
            switch self {
            case .alexnet: [1, 4, 7, 9, 11]
            case .vgg16: [3, 8, 15, 22, 29]
            case .squeezenet: [1, 4, 7, 9, 10, 11, 12]
            }
        }
    }

    public let architecture: Architecture
    private let layers: Sequential

    public init(_ architecture: Architecture) {
        self.architecture = architecture
        layers = Sequential(Self.layers(architecture))
    }

    public var members: ModuleMembers { ["features": .module(layers)] }

    /// The features at the ends of the slices, of images [B, 3, H, W]; differentiable.
    ///
    /// Channels of a pixel lie together, as the convolutions want them: else each of them reorders what
    /// goes in and what comes out, which took as long as half of the convolutions.
    public func callAsFunction(_ images: Tensor) -> [Tensor] {
        let ends = architecture.ends
        var x = images.channelsLast()
        var results: [Tensor] = []
        for (i, layer) in layers.layers.enumerated() {
            x = layer(x)
            if ends.contains(i) { results.append(x) }
        }
        return results
    }

    private static func layers(_ architecture: Architecture) -> [any Layer] {
        let relu = { Activation { $0.rectified() } }
        switch architecture {
        case .alexnet:
            let pool = { Activation { $0.maxPool2d(3, stride: 2) } }
            return [
                Conv2d(3, 64, kernel: 11, stride: 4, padding: 2), relu(), pool(),
                Conv2d(64, 192, kernel: 5, padding: 2), relu(), pool(),
                Conv2d(192, 384, kernel: 3, padding: 1), relu(),
                Conv2d(384, 256, kernel: 3, padding: 1), relu(),
                Conv2d(256, 256, kernel: 3, padding: 1), relu(),
            ]
        case .vgg16:
            var layers: [any Layer] = []
            var channels = 3
            for (stage, width) in [64, 128, 256, 512, 512].enumerated() {
                if stage > 0 { layers.append(Activation { $0.maxPool2d(2) }) }
                for _ in 0..<(stage < 2 ? 2 : 3) {
                    layers += [Conv2d(channels, width, kernel: 3, padding: 1), relu()]
                    channels = width
                }
            }
            return layers
        case .squeezenet:
            let pool = { Activation { $0.maxPool2d(3, stride: 2, ceilMode: true) } }
            return [
                Conv2d(3, 64, kernel: 3, stride: 2), relu(), pool(), Fire(64, 16, 64),
                Fire(128, 16, 64),
                pool(), Fire(128, 32, 128), Fire(256, 32, 128), pool(), Fire(256, 48, 192),
                Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256),
            ]
        }
    }
}

/// SqueezeNet's module: a narrow layer, then two wide ones side by side (Iandola et al. 2016).
private final class Fire: Layer {
    private let squeeze: Conv2d
    private let expand1: Conv2d
    private let expand3: Conv2d

    init(_ channels: Int, _ narrow: Int, _ wide: Int) {
        squeeze = Conv2d(channels, narrow, kernel: 1)
        expand1 = Conv2d(narrow, wide, kernel: 1)
        expand3 = Conv2d(narrow, wide, kernel: 3, padding: 1)
    }

    var members: ModuleMembers {
        [
            "squeeze": .module(squeeze), "expand1x1": .module(expand1),
            "expand3x3": .module(expand3),
        ]
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let narrow = squeeze(x).rectified()
        return Tensor.cat([expand1(narrow), expand3(narrow)], 1).rectified()
    }
}
