extension Capture {
    /// Divides views where the layout names no division.
    ///
    /// The plain rule: where several cameras stand still, each eighth of them (from the first of five)
    /// is for testing; of a video the last fifth of the frames, because neighbours in time show the same;
    /// of eight photographs or more each eighth, as Mip-NeRF 360 has it; of fewer none.
    mutating func splitByRule() {
        let fixed = cameras.count
        if fixed >= 5 && frames.count * fixed >= views.count && views.count > frames.count {
            splitRule = "each eighth camera is held out"
            for index in views.indices where views[index].cameraIndex % 8 == 0 {
                views[index].part = .test
            }
        } else if frameRate > 0 && frames.count >= 5 {
            let first = frames.count - frames.count / 5
            splitRule = "the last fifth of the frames is held out"
            for index in views.indices where views[index].frame >= first {
                views[index].part = .test
            }
        } else if frames.count >= 8 {
            splitRule = "each eighth picture is held out"
            for index in views.indices where views[index].frame % 8 == 0 {
                views[index].part = .test
            }
        } else {
            splitRule = "nothing is held out of so few pictures"
        }
    }
}
