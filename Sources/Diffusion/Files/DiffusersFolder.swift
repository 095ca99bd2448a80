import Foundation

/// The folder of a whole pipeline as diffusers' `save_pretrained` writes it: model_index.json and a
/// folder for each component.
public struct DiffusersFolder: Sendable {
    /// A component by the class that made it.
    public struct Component: Equatable, Sendable {
        /// The Python package, as "diffusers" or "transformers".
        public let library: String
        /// The class within it, as "UNet2DConditionModel".
        public let className: String
    }

    public let url: URL
    /// The pipeline's class, as "StableDiffusionLDM3DPipeline".
    public let pipeline: String
    /// The components that the index names, by name, as "unet"; those set to null are not among them.
    public let components: [String: Component]
    /// What else the index sets, as "requires_safety_checker".
    public let settings: [String: JSONValue]

    /// Reads the index.
    ///
    /// - Throws: `DiffusionError` where there is none, or it is not of this kind.
    public init(_ url: URL) throws(DiffusionError) {
        self.url = url
        let index = url.appendingPathComponent("model_index.json")
        guard case .object(let values) = try JSONValue(contentsOf: index),
            case .text(let pipeline)? = values["_class_name"]
        else {
            throw .damaged(
                file: index.relativePath, found: "no \"_class_name\"",
                expected: "the index of a pipeline")
        }
        self.pipeline = pipeline
        var components: [String: Component] = [:]
        var settings: [String: JSONValue] = [:]
        for (name, value) in values where !name.hasPrefix("_") {
            switch value {
            case .list(let pair) where pair == [.null, .null]: break
            case .list(let pair):
                guard pair.count == 2, case .text(let library) = pair[0],
                    case .text(let className) = pair[1]
                else {
                    throw .damaged(
                        file: index.relativePath, found: "\(value) for \"\(name)\"",
                        expected: "a package and a class")
                }
                components[name] = Component(library: library, className: className)
            default: settings[name] = value
            }
        }
        (self.components, self.settings) = (components, settings)
    }

    /// The folder of a component.
    ///
    /// - Parameter classes: what the component may be.
    /// - Throws: `DiffusionError` where there is no such component or folder, or it is another class.
    public func model(
        _ name: String, of classes: [String]
    ) throws(DiffusionError) -> ModelFolder { ModelFolder(try folder(name, of: classes)) }

    /// The folder of a component that is not a network, such as a tokenizer or a scheduler.
    ///
    /// - Throws: As `model`.
    public func folder(_ name: String, of classes: [String]) throws(DiffusionError) -> URL {
        guard let component = components[name] else {
            throw .missing(
                folder: url.relativePath, item: "component \"\(name)\" in its model_index.json")
        }
        guard classes.contains(component.className) else {
            throw .architecture(
                file: url.appendingPathComponent("model_index.json").relativePath,
                found: "\"\(name)\" as a \(component.className)",
                expected: classes.joined(separator: " or "))
        }
        let folder = url.appendingPathComponent(name)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw .missing(folder: url.relativePath, item: "folder \(name)") }
        return folder
    }
}
