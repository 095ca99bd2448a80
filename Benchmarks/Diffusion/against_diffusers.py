"""Times `likeness generate` beside diffusers' pipeline on one machine: a network of Stable Diffusion 1.x's
size (random weights, LDM3D's four channels), one picture, DDIM with guidance.

Run with the interpreter of scripts/fixtures/environment, after `make build`:

    .deps/fixtures-venv/bin/python Benchmarks/Diffusion/against_diffusers.py --steps 50

Each of the four runs (two programs, two precisions) is a process of its own with the same model folder
(4.3 GB, made once in --folder), the same noise and the same number of threads. Printed are seconds on the
clock from start to written picture, seconds of processor time, and the peak of resident memory as the kernel
counted it; and how far the last latents in fp32 are apart, of the size of their largest value.
"""

import argparse
import json
import os
import pathlib
import shutil
import sys
import time

import numpy as np

ROOT = pathlib.Path(__file__).parents[2]
PROMPT = "a red sphere left of a blue cube"
GUIDANCE = 5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".build/diffusion-benchmark")
    parser.add_argument("--likeness", default=ROOT / ".build/release/likeness")
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    # What is run in processes of their own: memory of this one would be counted as theirs.
    parser.add_argument("--part", choices=["model", "fp32", "bf16"], help=argparse.SUPPRESS)
    return parser.parse_args()


def make_model(folder):
    """A pipeline of Stable Diffusion 1.5's sizes, with an autoencoder of four channels as ldm3d-4c's."""
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel

    torch.manual_seed(1)
    fixture = ROOT / "Tests/MethodsTests/Fixtures/pipelines/ldm3d-4c"
    shutil.copytree(fixture / "tokenizer", folder / "tokenizer")
    settings = json.loads((folder / "tokenizer/tokenizer_config.json").read_text())
    settings["model_max_length"] = 77
    (folder / "tokenizer/tokenizer_config.json").write_text(json.dumps(settings))
    end = json.loads((fixture / "text_encoder/config.json").read_text())["eos_token_id"]
    CLIPTextModel(
        CLIPTextConfig(
            vocab_size=49408, hidden_size=768, intermediate_size=3072, num_hidden_layers=12,
            num_attention_heads=12, eos_token_id=end, projection_dim=768,
        )
    ).save_pretrained(folder / "text_encoder")
    blocks = ("DownEncoderBlock2D",) * 4
    AutoencoderKL(
        in_channels=4, out_channels=4, latent_channels=4, layers_per_block=2,
        block_out_channels=(128, 256, 512, 512), down_block_types=blocks,
        up_block_types=("UpDecoderBlock2D",) * 4, sample_size=512,
    ).save_pretrained(folder / "vae")
    UNet2DConditionModel(
        sample_size=64, cross_attention_dim=768, attention_head_dim=8,
    ).save_pretrained(folder / "unet")
    DDIMScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", clip_sample=False,
        set_alpha_to_one=False, steps_offset=1,
    ).save_pretrained(folder / "scheduler")
    shutil.copy(fixture / "model_index.json", folder)
    index = json.loads((folder / "model_index.json").read_text())
    index["scheduler"] = ["diffusers", "DDIMScheduler"]
    (folder / "model_index.json").write_text(json.dumps(index))


def run_diffusers(options, precision):
    """In a process of its own."""
    import torch
    from diffusers import StableDiffusionLDM3DPipeline
    from diffusers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    pipeline = StableDiffusionLDM3DPipeline.from_pretrained(
        options.folder / "model", torch_dtype=dtype, safety_checker=None
    )
    pipeline.set_progress_bar_config(disable=True)
    last = {}

    def keep(pipeline, step, timestep, values):
        last["latents"] = values["latents"]
        return values

    latents = torch.from_numpy(np.load(options.folder / "noise.npy")).to(dtype)
    made = pipeline(
        PROMPT, latents=latents, num_inference_steps=options.steps, guidance_scale=GUIDANCE,
        height=options.size, width=options.size, output_type="np",
        **({"callback_on_step_end": keep} if takes_callback(pipeline) else
           {"callback": lambda step, timestep, latents: last.update(latents=latents)}),
    )
    np.save(options.folder / "diffusers-image.npy", np.asarray(made.rgb))
    np.save(options.folder / "diffusers-latents.npy", last["latents"].float().numpy())


def takes_callback(pipeline):
    import inspect

    return "callback_on_step_end" in inspect.signature(pipeline.__call__).parameters


def measured(command):
    """Seconds on the clock, seconds of processor time, peak MB of a command."""
    began = time.time()
    process = os.posix_spawn(command[0], [str(word) for word in command], os.environ)
    _, status, usage = os.wait4(process, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed.")
    return time.time() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main():
    options = arguments()
    options.folder = options.folder.absolute()
    folder = options.folder
    if options.part == "model":
        return make_model(folder / "model")
    if options.part:
        return run_diffusers(options, options.part)

    def part(name):
        return [
            sys.executable, pathlib.Path(__file__).absolute(), "--part", name, "--folder", folder,
            "--steps", options.steps, "--size", options.size, "--threads", options.threads,
        ]

    if not (folder / "model/model_index.json").exists():
        shutil.rmtree(folder / "model", ignore_errors=True)
        measured(part("model"))
    side = options.size // 8
    noise = np.random.default_rng(2).standard_normal((1, 4, side, side)).astype(np.float32)
    np.save(folder / "noise.npy", noise)
    print(f"{options.steps} steps of DDIM with guidance, {options.size} x {options.size}, "
          f"{options.threads} threads")
    for precision in options.precision:
        ours = measured([
            options.likeness, "generate", PROMPT, "--model", folder / "model",
            "-o", folder / "likeness.png", "--latents", folder / "noise.npy",
            "--steps", options.steps, "--guidance", GUIDANCE, "--scheduler", "ddim",
            "--precision", precision, "--threads", options.threads,
            "--dump", folder / "dump", "--overwrite", "--quiet",
        ])
        theirs = measured(part(precision))
        for name, (clock, processor, memory) in [("likeness", ours), ("diffusers", theirs)]:
            print(f"{precision} {name:9} {clock:7.1f} s, processor {processor:7.1f} s, {memory} MB")
        print(f"{precision} ratio     {ours[0] / theirs[0]:7.2f}  ,           "
              f"{ours[1] / theirs[1]:7.2f}  , {ours[2] / theirs[2]:.2f}")
        a, b = np.load(folder / "dump/latents.npy"), np.load(folder / "diffusers-latents.npy")
        print(f"{precision} latents   differ by {np.abs(a - b).max() / np.abs(b).max():.1e}",
              flush=True)


if __name__ == "__main__":
    main()
