import CTorch
import Spatial

/// Where a tensor's memory is and its operators run.
public struct Device: Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Int64, Sendable {
        case cpu = 0
        case cuda = 1
        case mps = 13
    }

    public let kind: Kind
    public let index: Int

    public static let cpu = Device(kind: .cpu, index: 0)
    /// The first NVIDIA GPU.
    public static let cuda = Device(kind: .cuda, index: 0)
    /// The GPU of an Apple machine.
    public static let mps = Device(kind: .mps, index: 0)

    public static func cuda(_ index: Int) -> Device { Device(kind: .cuda, index: index) }

    private init(kind: Kind, index: Int) {
        self.kind = kind
        self.index = index
    }

    init(word: Int64) {
        guard let kind = Kind(rawValue: word / 256) else {
            fatalError("a tensor on a device that Likeness does not know")
        }
        self.init(kind: kind, index: Int(word % 256))
    }

    /// The device as the C interface has it.
    var word: Int64 { kind.rawValue * 256 + Int64(index) }

    public var description: String {
        switch kind {
        case .cpu: "cpu"
        case .cuda: index == 0 ? "cuda" : "cuda:\(index)"
        case .mps: "mps"
        }
    }

    /// Whether tensors can live on this device, here and now.
    public var isAvailable: Bool { unavailability == nil }

    /// Why tensors cannot live on this device; nil when they can.
    ///
    /// Asking about CUDA for the first time opens torch's CUDA library, which takes a second or two
    /// where a driver is present.
    public var unavailability: String? {
        switch kind {
        case .cpu: return nil
        case .cuda:
            do { try check(ctorch_load_cuda()) } catch { return error.message }
            let count = Int(ctorch_cuda_device_count())
            return index < count ? nil : "there are \(count) CUDA devices"
        case .mps: return ctorch_has_mps() ? nil : "it needs a Mac with a GPU that Metal drives"
        }
    }
}

/// A device that the user asked for and this machine does not have.
public struct DeviceError: InputError {
    public let device: Device
    public let reason: String

    public var description: String {
        "The device \(device) cannot be used (\(reason)); use --device cpu."
    }
}

extension Device {
    /// This device, or an error that says why it cannot be used.
    public func available() throws(DeviceError) -> Device {
        if let reason = unavailability { throw DeviceError(device: self, reason: reason) }
        return self
    }
}
