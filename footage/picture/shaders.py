"""The shaders. Light is added up in linear values, taken as squares of what is shown: close to sRGB and cheap.

What fragments give out, a colour and an identity, is declared by gl.Program.
"""

TONE = """
uniform vec3 light_colour;
uniform vec3 ambient;
uniform float exposure;
uniform vec3 grade;
"""

SHOWN = """
vec3 shown(vec3 linear_light) {
    vec3 c = linear_light * exposure * grade;
    c = c * (1.0 + c * 0.12) / (1.0 + c * 0.42);
    return sqrt(clamp(c, 0.0, 1.0));
}
"""

LAMPS = """
uniform int lights;
uniform vec4 light_at[4];      // place, w: share of the light
uniform vec4 shade;            // a stand's shadow: a x + b y < c lies in it; w: how much light is left

float lit(vec2 at) {
    float inside = smoothstep(-0.35, 0.35, shade.z - dot(shade.xy, at));
    return mix(1.0, shade.w, inside);
}
"""

LIT = TONE + SHOWN + LAMPS

GROUND_VERTEX = """
uniform mat4 view;
in vec2 corner;
out vec2 at;
void main() { at = corner; gl_Position = view * vec4(corner, 0.0, 1.0); }
"""

GROUND_FRAGMENT = """
uniform sampler2D ground;     // as shown, without shadows
uniform vec2 extent;
in vec2 at;
void main() {
    colour = texture(ground, vec2(at.x / extent.x + 0.5, 0.5 - at.y / extent.y));
    identity = vec4(0.0);
}
"""

STADIUM_VERTEX = """
uniform mat4 view;
in vec3 place;
in vec2 uv;
out vec2 at;
void main() { at = uv; gl_Position = view * vec4(place, 1.0); }
"""

STADIUM_FRAGMENT = """
uniform sampler2D image;      // as shown
uniform vec2 shift;
in vec2 at;
void main() { colour = texture(image, at + shift); identity = vec4(0.0); }
"""

SHADOW_VERTEX = """
uniform mat4 view;
uniform vec3 lamp;
in vec3 place;
void main() {
    vec3 p = place;
    p.z = max(p.z, 0.0);
    vec2 ground = p.xy + (p.xy - lamp.xy) * (p.z / max(lamp.z - p.z, 0.1));
    gl_Position = view * vec4(ground, 0.0, 1.0);
}
"""

WHITE_FRAGMENT = """
void main() { colour = vec4(1.0); }
"""

BODY_VERTEX = (
    TONE
    + LAMPS
    + """
uniform mat4 view;
uniform sampler2D people;     // per row: cell in the atlas (x, y, width, height), identity
in vec3 place;
in vec3 normal;
in vec3 kind;                 // place in the person's picture, row
out vec2 uv;
out vec3 light;
flat out float who;
void main() {
    int row = int(kind.z + 0.5);
    vec4 cell = texelFetch(people, ivec2(0, row), 0);
    who = texelFetch(people, ivec2(1, row), 0).x;
    uv = cell.xy + kind.xy * cell.zw;
    vec3 sum = vec3(0.0);
    for (int i = 0; i < lights; ++i) {
        float facing = dot(normal, normalize(light_at[i].xyz - place));
        sum += light_colour * light_at[i].w * max(facing * 0.85 + 0.15, 0.0);
    }
    float sun = lit(place.xy);
    vec3 bounce = vec3(0.30, 0.42, 0.18) * max(-normal.z, 0.0) * 0.35;
    float low = mix(0.78, 1.0, smoothstep(0.0, 0.5, place.z));
    light = (ambient * (0.62 + 0.38 * normal.z + bounce) * low + sum * sun) * exposure * grade;
    gl_Position = view * vec4(place, 1.0);
}
"""
)

BODY_FRAGMENT = """
uniform sampler2D paint;
in vec2 uv;
in vec3 light;
flat in float who;
void main() {
    vec3 base = texture(paint, uv).rgb;
    vec3 c = base * base * light;
    c *= (1.0 + c * 0.12) / (1.0 + c * 0.42);
    colour = vec4(sqrt(clamp(c, 0.0, 1.0)), 1.0);
    identity = vec4(who, 0.0, 0.0, 1.0);
}
"""

BALL_VERTEX = """
uniform mat4 view;
in vec3 place;
in vec3 normal;
in vec3 rest;
out vec3 at;
out vec3 facing;
out vec3 model;
void main() { at = place; facing = normal; model = rest; gl_Position = view * vec4(place, 1.0); }
"""

BALL_FRAGMENT = (
    LIT
    + """
in vec3 at;
in vec3 facing;
in vec3 model;
void main() {
    vec3 n = normalize(facing), m = normalize(model);
    float best = 0.0;
    for (int i = 0; i < 3; ++i)
        for (int s = -1; s <= 1; s += 2)
            for (int t = -1; t <= 1; t += 2) {
                vec3 axis = vec3(0.0);
                axis[i] = float(s) * 0.526; axis[(i + 1) % 3] = float(t) * 0.851;
                best = max(best, dot(m, axis));
            }
    vec3 base = best > 0.93 ? vec3(0.10, 0.10, 0.12) : vec3(0.95);
    vec3 sum = vec3(0.0);
    for (int i = 0; i < lights; ++i)
        sum += light_colour * light_at[i].w * max(dot(n, normalize(light_at[i].xyz - at)) * 0.85 + 0.15, 0.0);
    colour = vec4(shown(base * base * (ambient * (0.62 + 0.38 * n.z) + sum * lit(at.xy))), 1.0);
    identity = vec4(254.0 / 255.0, 0.0, 0.0, 1.0);
}
"""
)

FRAME_VERTEX = """
uniform mat4 view;
in vec3 place;
in vec3 normal;
out vec3 at;
out vec3 facing;
void main() { at = place; facing = normal; gl_Position = view * vec4(place, 1.0); }
"""

FRAME_FRAGMENT = (
    LIT
    + """
in vec3 at;
in vec3 facing;
void main() {
    vec3 n = normalize(facing);
    vec3 sum = vec3(0.0);
    for (int i = 0; i < lights; ++i)
        sum += light_colour * light_at[i].w * max(dot(n, normalize(light_at[i].xyz - at)), 0.0);
    colour = vec4(shown(vec3(0.86) * (ambient + sum * lit(at.xy))), 1.0);
    identity = vec4(0.0, 0.0, 0.0, 1.0);
}
"""
)

FLAG_VERTEX = """
uniform mat4 view;
in vec3 place;
void main() { gl_Position = view * vec4(place, 1.0); }
"""

FLAG_FRAGMENT = (
    TONE
    + SHOWN
    + """
void main() {
    colour = vec4(shown(vec3(0.80, 0.12, 0.05) * (ambient + light_colour * 0.6)), 1.0);
    identity = vec4(0.0, 0.0, 0.0, 1.0);
}
"""
)

NET_FRAGMENT = (
    TONE
    + SHOWN
    + """
uniform float per_pixel;      // metres that a sample of the picture covers at the goal
in vec2 at;
void main() {
    vec2 cell = abs(fract(at / 0.12) - 0.5) * 0.12;
    float thread = 0.004 + per_pixel * 0.5;
    float near = max(smoothstep(0.06 - thread, 0.06, cell.x), smoothstep(0.06 - thread, 0.06, cell.y));
    float alpha = near * min(1.0, 0.008 / thread) * 0.9;
    colour = vec4(shown(vec3(0.8) * (ambient + light_colour * 0.5)) * alpha, alpha);
    identity = vec4(0.0);
}
"""
)

ENLARGE_VERTEX = """
in vec2 corner;
out vec2 at;
void main() { at = corner; gl_Position = vec4(corner * 2.0 - 1.0, 0.0, 1.0); }
"""

ENLARGE_FRAGMENT = """
uniform sampler2D image;
uniform vec2 texel;
in vec2 at;
void main() {
    vec3 sum = vec3(0.0);
    for (int i = 0; i < 4; ++i)
        sum += texture(image, at + texel * vec2(float(i & 1) - 0.5, float(i >> 1) - 0.5) * 1.6).rgb;
    colour = vec4(sum * 0.25, 1.0);
    identity = vec4(0.0);
}
"""

TILE_VERTEX = """
uniform vec2 picture;
uniform float tile;
in vec2 corner;
in vec2 where;
void main() {
    vec2 at = (where + corner) * tile / picture;
    gl_Position = vec4(at * 2.0 - 1.0, 0.0, 1.0);
}
"""

COMPOSE_FRAGMENT = """
uniform sampler2D colours;
uniform sampler2D identities;
void main() {
    ivec2 at = ivec2(gl_FragCoord.xy) * 2;
    vec4 sum = vec4(0.0);
    float a = texelFetch(identities, at, 0).r, b = texelFetch(identities, at + ivec2(1, 0), 0).r;
    float c = texelFetch(identities, at + ivec2(0, 1), 0).r, d = texelFetch(identities, at + ivec2(1, 1), 0).r;
    for (int i = 0; i < 4; ++i) sum += texelFetch(colours, at + ivec2(i & 1, i >> 1), 0);
    colour = sum * 0.25;
    // whoever has two of the four samples has the pixel; in a draw, the one with the higher identity
    float most = 0.0;
    if (a == b || a == c || a == d) most = max(most, a);
    if (b == c || b == d) most = max(most, b);
    if (c == d) most = max(most, c);
    identity = vec4(most, 0.0, 0.0, 1.0);
}
"""

DARKEN_FRAGMENT = """
uniform sampler2D shadows;
uniform vec2 picture;
uniform vec4 depth_of_shadow;
void main() {
    vec4 dark = texture(shadows, gl_FragCoord.xy / picture) * depth_of_shadow;
    float left = (1.0 - dark.x) * (1.0 - dark.y) * (1.0 - dark.z) * (1.0 - dark.w);
    colour = vec4(0.0, 0.0, 0.0, 1.0 - sqrt(left));   // shown values are square roots of light
    identity = vec4(0.0);
}
"""

AREA_VERTEX = """
uniform mat4 view;
uniform vec2 picture;
uniform sampler2D boxes;      // per person: left, bottom, 1 / width, 1 / height in pixels, y up
uniform vec2 grid;
in vec3 place;
in vec3 kind;
void main() {
    int row = int(kind.z + 0.5);
    vec4 box = texelFetch(boxes, ivec2(0, row), 0);
    vec4 p = view * vec4(place, 1.0);
    vec2 px = (p.xy / p.w * 0.5 + 0.5) * picture;
    vec2 inside = clamp((px - box.xy) * box.zw, 0.0, 1.0);
    vec2 cell = vec2(float(row % int(grid.x)), float(row / int(grid.x)));
    gl_Position = vec4((cell + inside) / grid * 2.0 - 1.0, 0.0, 1.0);
}
"""
