import Foundation
import Testing
import Torch

@testable import Diffusion

/// Guidance against diffusers (scripts/fixtures/diffusion_guidance.py).
@Suite struct GuidanceTests {
    @Test func agreesWithDiffusers() throws {
        let fixture = try StateDictionary(safetensors: fixture("guidance", "safetensors"))
        let (unconditioned, conditioned) = (fixture["unconditioned"]!, fixture["conditioned"]!)
        func expect(_ guidance: Guidance, _ name: String) {
            let result = guidance.combined(unconditioned: unconditioned, conditioned: conditioned)
            #expect((result - fixture[name]!).abs().max().item() < 1e-5, "\(name)")
        }
        expect(Guidance(scale: 7.5), "guided")
        expect(Guidance(scale: 7.5, rescale: 0.7), "rescaled")
        expect(Guidance(scale: 1), "conditioned")
        #expect(!Guidance(scale: 1).isActive && Guidance(scale: 1.5).isActive)
    }
}
