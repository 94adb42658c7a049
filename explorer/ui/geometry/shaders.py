"""The shaders of the mesh (GLSL 3.30 core). They draw what `studio.viewing.drawing` draws without OpenGL."""

from __future__ import annotations

from explorer.studio.geometry.view.scene import AMBIENT, BARE, DIFFUSE, SPECULAR, WIRE

# Half the depth that fits between the clipping planes, in millimetres about the head's origin.
REACH = 500.0

VERTEX = f"""#version 330 core
layout(location = 0) in vec3 position;
layout(location = 1) in vec3 normal;
layout(location = 2) in vec2 uv;
uniform mat3 rotation;
uniform float scale;
uniform vec2 offset;
uniform vec2 size;
uniform float nearer;
out vec3 turned;
out vec2 place;
void main() {{
    vec3 seen = rotation * position;
    vec2 pixel = vec2(seen.x, -seen.y) * scale + offset;
    turned = rotation * normal;
    place = uv;
    gl_Position = vec4(2.0 * pixel.x / size.x - 1.0, 1.0 - 2.0 * pixel.y / size.y, -seen.z / {REACH} - nearer, 1.0);
}}
"""

FRAGMENT = f"""#version 330 core
in vec3 turned;
in vec2 place;
uniform sampler2D skin;
uniform sampler2D tint;
uniform vec3 light;
uniform bool lit;
uniform bool wires;
out vec4 colour;
void main() {{
    if (wires) {{
        colour = vec4(vec3{WIRE} * 0.6, 0.6);
        return;
    }}
    vec4 known = texture(skin, place);
    vec3 shown = known.rgb + (1.0 - known.a) * vec3{BARE};
    vec4 over = texture(tint, place);
    shown = mix(shown, over.rgb, over.a);
    if (lit) {{
        vec3 facing = normalize(turned);
        facing = facing.z < 0.0 ? -facing : facing;
        float gloss = pow(max(dot(facing, normalize(light + vec3(0.0, 0.0, 1.0))), 0.0), 24.0);
        shown = shown * ({AMBIENT} + {DIFFUSE} * max(dot(facing, light), 0.0)) + {SPECULAR} * gloss;
    }}
    colour = vec4(clamp(shown, 0.0, 1.0), 1.0);
}}
"""
