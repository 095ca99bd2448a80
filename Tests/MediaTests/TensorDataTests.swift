import Spatial
import Testing

@testable import Media

@Suite struct TensorDataTests {
    #if !(os(macOS) && arch(x86_64))
        @Test func everyHalfPatternIsRead() {
            for bits in UInt16.min...UInt16.max {
                let (ours, truth) = (Float(float16Bits: bits), Float(Float16(bitPattern: bits)))
                #expect(ours.bitPattern == truth.bitPattern || ours.isNaN && truth.isNaN)
            }
        }

        @Test func floatsRoundToHalfAsTheHardwareDoes() {
            var random = SplitMix(seed: 1)
            for _ in 0..<200_000 {
                let value = Float(bitPattern: UInt32.random(in: .min ... .max, using: &random))
                if value.isNaN { continue }
                #expect(value.float16Bits == Float16(value).bitPattern)
            }
            for bits in UInt16.min..<0x7c00 {
                // Exactly between two patterns, and just beside.
                let low = Float(Float16(bitPattern: bits))
                let high = bits == 0x7bff ? 65536 : Float(Float16(bitPattern: bits + 1))
                let middle = (low + high) / 2
                for value in [low, middle, middle.nextUp, middle.nextDown] {
                    #expect(value.float16Bits == Float16(value).bitPattern)
                }
            }
            #expect(Float.nan.float16Bits & 0x7fff > 0x7c00)
        }
    #endif

    @Test func brainFloatsRoundToNearestEven() {
        #expect(Float(1).bfloat16Bits == 0x3f80)
        #expect(Float(bitPattern: 0x3f80_8000).bfloat16Bits == 0x3f80)
        #expect(Float(bitPattern: 0x3f81_8000).bfloat16Bits == 0x3f82)
        #expect(Float(bitPattern: 0x3f80_8001).bfloat16Bits == 0x3f81)
        #expect(Float.greatestFiniteMagnitude.bfloat16Bits == 0x7f80)
        #expect(Float.nan.bfloat16Bits & 0x7fff > 0x7f80)
    }

    @Test func valuesKeepTheirTypes() {
        let tensor = TensorData([1, -2, 3, 4] as [Int32], shape: [2, 2])
        #expect(tensor.integers() == [1, -2, 3, 4])
        #expect(tensor.floats() == [1, -2, 3, 4])
        #expect(tensor.values(of: Int32.self) == [1, -2, 3, 4])
        #expect(tensor.values(of: Float.self) == nil)
        #expect(TensorData([1.5, 2] as [Float]).integers() == nil)
        #expect(TensorData([UInt64.max]).integers() == nil)
        #expect(TensorData([true, false]).floats() == [1, 0])
        #expect(TensorData([0.5, 3], roundedTo: .float16).floats() == [0.5, 3])
        #expect(TensorData([] as [Float], shape: [0, 3]).floats().isEmpty)
    }

    @Test func shapesThatOverflowHaveNoSize() {
        #expect(ElementType.float64.byteCount(ofShape: [1 << 40, 1 << 40]) == nil)
        #expect(ElementType.float64.byteCount(ofShape: [1 << 40, 1 << 40, 0]) == 0)
        #expect(ElementType.uint8.byteCount(ofShape: [-1, 4]) == nil)
        #expect(ElementType.int16.byteCount(ofShape: []) == 2)
    }
}
