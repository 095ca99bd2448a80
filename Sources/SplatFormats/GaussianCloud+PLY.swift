import Foundation
import Splatting

extension GaussianCloud {
    /// Reads the .ply layout of 3D Gaussian Splatting (Kerbl et al. 2023): x, y, z, f_dc_0…2,
    /// f_rest_… (channel by channel; 0, 9, 24 or 45 of them), opacity (logit), scale_0…2
    /// (logarithms), rot_0…3 (w, x, y, z). Other properties are passed over.
    ///
    /// - Parameter dcIsColour: f_dc_0…2 are display colours and not coefficients, as LAM writes
    ///   them.
    /// - Throws: `SplatFormatError`.
    public init(plyAt url: URL, dcIsColour: Bool = false) throws {
        let file = url.relativePath
        let data: Data
        do {
            data = try Data(contentsOf: url)
        } catch {
            throw SplatFormatError.unreadable(file: file, reason: error.localizedDescription)
        }
        let header = try PLYHeader(data, file: file)
        func column(_ name: String) throws -> PLYHeader.Property {
            guard let property = header.properties[name] else {
                throw SplatFormatError.damaged(
                    file: file, found: "no property \"\(name)\"",
                    expected: "the layout of 3D Gaussian Splatting")
            }
            return property
        }
        func columns(_ names: [String]) throws -> [Float] {
            let properties = try names.map(column)
            return data.withUnsafeBytes { bytes in
                var values: [Float] = []
                values.reserveCapacity(properties.count * header.count)
                for vertex in 0..<header.count {
                    let row = header.start + vertex * header.stride
                    for property in properties {
                        values.append(property.type.value(bytes, row + property.offset))
                    }
                }
                return values
            }
        }
        let restCount = header.properties.keys.count { $0.hasPrefix("f_rest_") }
        guard let degree = [0, 9, 24, 45].firstIndex(of: restCount) else {
            throw SplatFormatError.damaged(
                file: file, found: "\(restCount) properties f_rest_…",
                expected: "0, 9, 24 or 45")
        }
        // The file has the coefficients of red first, the cloud those of a basis function.
        let perChannel = restCount / 3
        let names =
            (0..<3).map { "f_dc_\($0)" }
            + (0..<perChannel).flatMap { k in (0..<3).map { "f_rest_\($0 * perChannel + k)" } }
        self.init(
            means: try columns(["x", "y", "z"]),
            logScales: try columns((0..<3).map { "scale_\($0)" }),
            quaternions: try columns((0..<4).map { "rot_\($0)" }),
            opacityLogits: try columns(["opacity"]),
            colours: dcIsColour
                ? .display(try columns((0..<3).map { "f_dc_\($0)" }))
                : .sh(try columns(names), degree: degree))
    }
}

extension PLYHeader.Scalar {
    /// The little-endian value at an offset.
    fileprivate func value(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: type))
        }
        return switch self {
        case .int8: Float(integer(Int8.self))
        case .uint8: Float(integer(UInt8.self))
        case .int16: Float(integer(Int16.self))
        case .uint16: Float(integer(UInt16.self))
        case .int32: Float(integer(Int32.self))
        case .uint32: Float(integer(UInt32.self))
        case .float32: Float(bitPattern: integer(UInt32.self))
        case .float64: Float(Double(bitPattern: integer(UInt64.self)))
        }
    }
}
