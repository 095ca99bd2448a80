import Foundation
import Media
import Spatial
import Testing

@testable import Captures

@Suite struct CapturePicturesTests {
    /// A folder of pictures of 24 × 16, each 4 608 bytes in memory and 64 for keeping it.
    private func capture(_ count: Int, in url: URL) async throws -> Capture {
        for index in 0..<count { try url.put(picture(index), "\(index).png") }
        return try await Capture(contentsOf: url)
    }
    private let size = 24 * 16 * 3 * 4 + 64

    @Test func picturesAreReadOnceAndKept() async throws {
        try await withFolder { url in
            let pictures = CapturePictures(try await capture(6, in: url))
            for _ in 0..<2 {
                for view in 0..<6 {
                    #expect(isPicture(try await pictures.picture(.colour, of: view), view))
                }
            }
            #expect(await pictures.memoryUse == 6 * size)
            // What is kept needs no file.
            try FileManager.default.removeItem(at: url.appendingPathComponent("3.png"))
            #expect(isPicture(try await pictures.picture(.colour, of: 3), 3))
            #expect(try await pictures.picture(.mask, of: 3) == nil)
        }
    }

    @Test func theLimitIsKeptAndTheOldestGoesFirst() async throws {
        try await withFolder { url in
            let pictures = CapturePictures(try await capture(8, in: url), memoryLimit: 3 * size)
            for view in [0, 1, 2, 0, 3, 4] {
                #expect(isPicture(try await pictures.picture(.colour, of: view), view))
                #expect(await pictures.memoryUse <= 3 * size)
            }
            // 0, 3 and 4 are there; 1 and 2 are not.
            for view in 0..<8 {
                try FileManager.default.removeItem(at: url.appendingPathComponent("\(view).png"))
            }
            for view in [0, 3, 4] {
                #expect(isPicture(try await pictures.picture(.colour, of: view), view))
            }
            for view in [1, 2, 5] {
                await #expect(throws: MediaError.self) {
                    try await pictures.picture(.colour, of: view)
                }
            }
        }
    }

    @Test func readingAheadFillsHalfTheMemory() async throws {
        try await withFolder { url in
            let pictures = CapturePictures(try await capture(20, in: url), memoryLimit: 8 * size)
            await pictures.prefetch(Array(0..<20))
            func settle(_ count: Int) async throws {
                for _ in 0..<500 where await pictures.memoryUse < count * size {
                    try await Task.sleep(for: .milliseconds(10))
                }
                try await Task.sleep(for: .milliseconds(30))
            }
            try await settle(4)
            let waiting = await pictures.memoryUse
            // Those that were being read when the half was full are added to it.
            #expect(waiting >= 4 * size && waiting <= (4 + Threads.count) * size)
            // Whoever takes one makes room for the next.
            for view in 0..<20 {
                #expect(isPicture(try await pictures.picture(.colour, of: view), view))
            }
            #expect(await pictures.memoryUse <= 8 * size)
        }
    }

    @Test func anotherWishReplacesTheFirst() async throws {
        try await withFolder { url in
            let pictures = CapturePictures(try await capture(20, in: url), memoryLimit: 6 * size)
            await pictures.prefetch(Array(0..<10))
            for _ in 0..<500 where await pictures.memoryUse < 3 * size {
                try await Task.sleep(for: .milliseconds(10))
            }
            await pictures.prefetch(Array(10..<20))
            for view in 10..<20 {
                #expect(isPicture(try await pictures.picture(.colour, of: view), view))
            }
            #expect(await pictures.memoryUse <= 6 * size)
        }
    }

    @Test func whatCannotBeReadIsToldWhenItIsAskedFor() async throws {
        try await withFolder { url in
            let capture = try await capture(3, in: url)
            try url.put("no picture", "1.png")
            let pictures = CapturePictures(capture)
            await pictures.prefetch([0, 1, 2])
            for _ in 0..<2 {
                await #expect(throws: MediaError.self) {
                    try await pictures.picture(.colour, of: 1)
                }
            }
            #expect(isPicture(try await pictures.picture(.colour, of: 2), 2))
            // Mended, it is read.
            try url.put(picture(1), "1.png")
            #expect(isPicture(try await pictures.picture(.colour, of: 1), 1))
        }
    }

    @Test func manyMayAskAtOnce() async throws {
        try await withFolder { url in
            let pictures = CapturePictures(try await capture(12, in: url), memoryLimit: 5 * size)
            let wrong = await withTaskGroup(of: Int.self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        var random = SplitMix(seed: UInt64(worker))
                        var wrong = 0
                        for _ in 0..<40 {
                            let view = Int.random(in: 0..<12, using: &random)
                            await pictures.prefetch([(view + 1) % 12, (view + 2) % 12])
                            let image = try? await pictures.picture(.colour, of: view)
                            if !isPicture(image, view) { wrong += 1 }
                        }
                        return wrong
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(wrong == 0)
            #expect(await pictures.memoryUse <= 8 * size)
        }
    }
}
