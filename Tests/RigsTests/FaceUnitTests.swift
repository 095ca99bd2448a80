import Testing

@testable import Rigs

struct FaceUnitTests {
    @Test func thereAre52InLiveLinkOrder() {
        #expect(FaceUnit.count == 52)
        #expect(FaceUnit.eyeBlinkLeft.rawValue == 0)
        #expect(FaceUnit.eyeBlinkRight.rawValue == 7)
        #expect(FaceUnit.jawForward.rawValue == 14)
        #expect(FaceUnit.jawOpen.rawValue == 17)
        #expect(FaceUnit.mouthClose.rawValue == 18)
        #expect(FaceUnit.browDownLeft.rawValue == 41)
        #expect(FaceUnit.cheekPuff.rawValue == 46)
        #expect(FaceUnit.tongueOut.rawValue == 51)
    }

    @Test func namesLeadBack() {
        for unit in FaceUnit.allCases {
            #expect(FaceUnit(name: unit.name) == unit)
            #expect(FaceUnit(name: unit.name.uppercased()) == unit)
            #expect(unit.mirrored.mirrored == unit)
        }
        #expect(FaceUnit(name: "_neutral") == nil)
        #expect(FaceUnit.mouthSmileLeft.mirrored == .mouthSmileRight)
        #expect(FaceUnit.jawLeft.mirrored == .jawRight)
        #expect(FaceUnit.jawOpen.mirrored == .jawOpen)
        #expect(FaceUnit.mouthLeft.mirrored == .mouthRight)
    }

    @Test func expressionsAddAndMirror() {
        let wink = NamedExpression.wink.expression
        #expect(wink[.eyeBlinkLeft] == 1)
        #expect(wink.mirrored[.eyeBlinkRight] == 1)
        #expect(wink.mirrored.mirrored == wink)
        #expect((wink + wink * -1) == .neutral)
        #expect(FaceExpression.interpolate(.neutral, wink, 0.5)[.eyeBlinkLeft] == 0.5)
    }
}
