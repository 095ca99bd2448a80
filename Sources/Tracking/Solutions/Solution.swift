/// What is looked for in a picture: one of MediaPipe's solutions.
public enum Solution: String, CaseIterable, Sendable {
    /// 468 points of a face and its irises.
    case face
    /// 21 points of each hand.
    case hands
    /// 33 points of a body.
    case pose
    /// Body, face and hands of one person.
    case holistic

    /// What it looks for, with no article.
    var sought: String {
        switch self {
        case .face: "face"
        case .hands: "hand"
        case .pose, .holistic: "body"
        }
    }

    /// What it can find.
    var expected: String {
        switch self {
        case .face: "a face, at least a tenth as wide as the picture"
        case .hands: "an open or closed hand, at least a tenth as wide as the picture"
        case .pose, .holistic: "a person from head to hips at least"
        }
    }
}
