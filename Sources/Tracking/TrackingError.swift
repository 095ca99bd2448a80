import Foundation
import Spatial

/// What can go wrong between a picture and what was found in it.
public enum TrackingError: InputError, Equatable {
    /// LiteRT's library is not there, or is not one.
    case libraryUnusable(file: String, reason: String)
    /// LiteRT's library lacks a function that is called.
    case functionMissing(file: String, function: String)
    /// A MediaPipe graph is not there.
    case graphMissing(file: String)
    /// LiteRT refused a graph, or the graph is not what this program expects.
    case graphUnusable(file: String, found: String, expected: String)
    /// The picture has no pixels, or fewer than three channels.
    case pictureUnusable(name: String, found: String)
    /// Nobody was found.
    case noPerson(name: String)
    /// Nothing of what was looked for was found in any of the pictures.
    case nothingFound(name: String, solution: Solution, pictures: Int)
    /// Nobody was found in any of the pictures.
    case nobodyToTrack(name: String, pictures: Int)
    /// A folder has no pictures.
    case folderWithoutPictures(name: String)
    /// The face is too small to read its features.
    case faceTooSmall(name: String, found: Int, needed: Int)

    public var description: String {
        switch self {
        case .libraryUnusable(let file, let reason):
            "LiteRT cannot be opened at \(file) (\(reason)); expected the library of the wheel "
                + "ai-edge-litert 2.3.0, which scripts/bootstrap brings."
        case .functionMissing(let file, let function):
            "\(file) has no function \(function), which version 2.3.0 has; run scripts/bootstrap "
                + "to get that version."
        case .graphMissing(let file):
            "\(file) is missing; it comes with the wheel mediapipe 0.10.21, which "
                + "scripts/bootstrap brings."
        case .graphUnusable(let file, let found, let expected):
            "\(file) cannot be used: found \(found), expected \(expected); run scripts/bootstrap "
                + "to get the graphs of mediapipe 0.10.21 again."
        case .pictureUnusable(let name, let found):
            "\(name) has \(found), expected a colour picture of at least 2 × 2 pixels; give another "
                + "picture."
        case .noPerson(let name):
            "\(name) shows no person that could be found, expected a face or a body; give a picture "
                + "in which a person is seen clearly and is larger."
        case .nothingFound(let name, let solution, let pictures):
            "\(name) shows no \(solution.sought)"
                + (pictures > 1 ? " in any of its \(pictures) pictures" : "")
                + ", expected \(solution.expected); give one in which the person is seen clearly and "
                + "is larger, or try another --solution."
        case .nobodyToTrack(let name, let pictures):
            "\(name) shows no face and no body"
                + (pictures > 1 ? " in any of its \(pictures) pictures" : "")
                + ", expected a person whose face is at least a tenth as wide as the picture, or whose "
                + "body is seen from head to hips; give one in which the person is seen clearly."
        case .folderWithoutPictures(let name):
            "\(name) has no pictures, expected files that end in .png, .jpg, .jpeg or .webp; give "
                + "another folder, a picture or a video."
        case .faceTooSmall(let name, let found, let needed):
            "\(name) has a face of \(found) px between the sides of its box, expected at least "
                + "\(needed) px; give a larger picture or a closer one."
        }
    }
}
